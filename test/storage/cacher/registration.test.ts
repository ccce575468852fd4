import { describe, expect, onTestFinished, test } from 'vitest'
import { ChangeFeed } from '../../../lib/storage/cacher/index.js'
import { Cacher, Store } from '../../../lib/storage/index.js'
import { ClosedError } from '../../../lib/storage/kv/types.js'
import { widget } from '../../runtime/widgets.js'
import { backends, collect, ctx, kinds, running, SwitchedKV, selecting, thrownBy, until } from './harness.js'

const everything = { predicate: selecting(), recursive: true }

let roots = 0

describe.each(backends)('a feed that runs on $name', (backend) => {
  const store = running(backend)

  /** A feed that has begun for one cache, and a way to put others behind it. */
  async function begun() {
    const kv = new SwitchedKV(store.kv)
    const feed = new ChangeFeed(kv, '/registry/')
    onTestFinished(() => {
      kv.release()
      feed.stop()
    })
    const add = (keyRoot = `/registration.example.com/kind${++roots}`) => {
      const cacher = new Cacher({ store: new Store({ kv, codec: kinds.codec }), feed, keyRoot })
      return { cacher, key: (name: string) => `${keyRoot}/${name}`, keyRoot }
    }
    const first = add()
    feed.start()
    await first.cacher.ready(10_000)
    return { kv, feed, add, first }
  }

  test('fills a new cache from where it stands, and disturbs no other', async () => {
    const { kv, feed, add, first } = await begun()
    const watch = await first.cacher.watch(ctx, first.keyRoot, { ...everything, resourceVersion: '' })
    const told = collect(watch, (seen) => seen.length === 1)
    const late = `/registration.example.com/kind${++roots}`
    await first.cacher.create(ctx, `${late}/before`, widget('before'))
    const { cacher } = add(late)
    expect(await cacher.ready(10_000)).toBe(true)
    await cacher.create(ctx, `${late}/after`, widget('after'))
    const list = await cacher.getList(ctx, late, everything)
    expect(list.items.map(({ name }) => name)).toEqual(['after', 'before'])
    expect(cacher.cache?.size).toBe(2)
    expect(feed.revision).toBeGreaterThanOrEqual(Number(list.resourceVersion))
    // Neither the feed nor the other caches began anew.
    expect(kv.feeds).toEqual(['/registry/'])
    expect(first.cacher.stats.initializations).toBe(1)
    await first.cacher.create(ctx, first.key('a'), widget('a'))
    expect(await told).toEqual(['ADDED a'])
  })

  test('tells a new cache of what happens while it is being filled', async () => {
    const { kv, add, first } = await begun()
    kv.hold()
    const { cacher, key, keyRoot } = add()
    const writes = Array.from({ length: 20 }, (_, i) => first.cacher.create(ctx, key(`n${i}`), widget(`n${i}`)))
    kv.release()
    await Promise.all(writes)
    await cacher.ready(10_000)
    expect((await cacher.getList(ctx, keyRoot, everything)).items).toHaveLength(20)
    expect(cacher.cache?.size).toBe(20)
  })

  test('a cache that is closed ends its watches in peace, and holds nothing any more; the store answers', async () => {
    // Revision 1 is older than what the cache will know.
    await store.kv.create(ctx, `/elsewhere/${++roots}`, Buffer.from('{}'))
    const { kv, feed, add, first } = await begun()
    const { cacher, key, keyRoot } = add()
    await cacher.ready(10_000)
    const { revision } = await cacher.create(ctx, key('a'), widget('a'))
    await cacher.get(ctx, key('a'))
    const live = await cacher.watch(ctx, keyRoot, { ...everything, resourceVersion: String(revision) })
    const old = await cacher.watch(ctx, keyRoot, { ...everything, resourceVersion: '1' })
    const ended = [thrownBy(collect(live, () => false)), thrownBy(collect(old, () => false))]
    await cacher.getList(ctx, keyRoot, { ...everything, predicate: selecting().withLimit(1, '') })
    cacher.close()
    expect(await ended[0]).toBeInstanceOf(ClosedError)
    expect(await ended[1]).toMatchObject({ message: expect.stringContaining('the watch ended after') })
    expect([cacher.cache, cacher.stats.watchers, await cacher.ready(10_000)]).toEqual([undefined, 0, false])
    const received = cacher.stats.eventsReceived
    await first.cacher.create(ctx, key('b'), widget('b'))
    await first.cacher.create(ctx, first.key('b'), widget('b'))
    await until(() => first.cacher.cache?.size === 1)
    expect(cacher.stats.eventsReceived).toBe(received)
    kv.asked.length = 0
    expect((await cacher.getList(ctx, keyRoot, everything)).items).toHaveLength(2)
    expect(kv.asked).toEqual(['range'])
    feed.restart(new ClosedError('begin anew'))
    await until(() => first.cacher.stats.initializations === 2)
    expect(cacher.cache).toBeUndefined()
  })

  test('the keys of a cache that was closed can be given to a new one', async () => {
    const { add, first } = await begun()
    expect(() => add(first.keyRoot)).toThrow('have a listener already')
    expect(() => add(`${first.keyRoot}/below`)).toThrow('have a listener already')
    await first.cacher.create(ctx, first.key('a'), widget('a'))
    first.cacher.close()
    first.cacher.close()
    const { cacher } = add(first.keyRoot)
    await cacher.ready(10_000)
    expect(cacher.cache?.size).toBe(1)
    first.cacher.close()
    await cacher.create(ctx, first.key('b'), widget('b'))
    await until(() => cacher.cache?.size === 2)
  })

  test('a cache that is closed while it is filled stays empty', async () => {
    const { add } = await begun()
    const { cacher } = add()
    const ready = cacher.ready(10_000)
    cacher.close()
    expect(await ready).toBe(false)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect([cacher.cache, cacher.stats.initializations]).toEqual([undefined, 0])
  })
})
