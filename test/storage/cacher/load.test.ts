import { describe, expect, test } from 'vitest'
import { identityTransformer, Store } from '../../../lib/storage/index.js'
import { KVError, type RangeResult, UnavailableError } from '../../../lib/storage/kv/types.js'
import { widget } from '../../runtime/widgets.js'
import {
  backends,
  cacherOn,
  collect,
  ctx,
  freshCollection,
  kinds,
  names,
  running,
  SwitchedKV,
  selecting,
  thrownBy,
  until,
} from './harness.js'

const store = running(backends[0]!)
const everything = { predicate: selecting(), recursive: true }

/** A store whose lists wait for the test, and fail as often as it says. */
class SlowLists extends SwitchedKV {
  failures = 0
  lists = 0
  #waiting: (() => void)[] = []
  #held = false

  holdLists(): void {
    this.#held = true
  }

  releaseLists(): void {
    this.#held = false
    for (const go of this.#waiting.splice(0)) go()
  }

  override async range(...args: Parameters<SwitchedKV['range']>): Promise<RangeResult> {
    this.lists++
    if (this.failures-- > 0) throw new UnavailableError('not now')
    // What is read is of when it was asked for; the answer comes late.
    const result = await super.range(...args)
    if (this.#held) await new Promise<void>((go) => this.#waiting.push(go))
    return result
  }
}

test('a load that fails is tried again, and the store answers until it is done', async () => {
  const kv = new SlowLists(store.kv)
  const errors: unknown[] = []
  const { feed, cacher } = cacherOn(kv, { onError: (err) => errors.push(err) })
  const key = `${freshCollection()}/a`
  await cacher.create(ctx, key, widget('a'))
  kv.failures = 2
  feed.start()
  expect((await cacher.get(ctx, key)).name).toBe('a')
  expect(cacher.cache).toBeUndefined()
  expect(await cacher.ready(5_000)).toBe(true)
  expect(errors).toEqual([expect.any(UnavailableError), expect.any(UnavailableError)])
  expect(cacher.stats.initializations).toBe(1)
  expect((await cacher.get(ctx, key, { resourceVersion: '0' })).name).toBe('a')
  feed.stop()
})

test('who waits for a cache that does not come is told so', async () => {
  const { cacher } = cacherOn(store.kv)
  expect(await cacher.ready(5)).toBe(false)
})

test('what happens while the state is being listed is neither lost nor told twice', async () => {
  const kv = new SlowLists(store.kv)
  const { feed, cacher } = cacherOn(kv)
  const collection = freshCollection()
  const revisions: number[] = []
  const put = async (name: string) => {
    const { revision } = await cacher.create(ctx, `${collection}/${name}`, widget(name))
    revisions.push(revision)
  }
  await put('before')
  kv.holdLists()
  feed.start()
  await until(() => feed.revision > 0 && kv.lists === 1)
  await put('during')
  await cacher.delete(ctx, `${collection}/before`)
  await until(() => feed.revision === store.kv.readIndex())
  kv.releaseLists()
  expect(await cacher.ready(5_000)).toBe(true)
  expect(names((await cacher.getList(ctx, collection, { ...everything, resourceVersion: '0' })).items)).toEqual([
    'during',
  ])
  // The window knows the way from the list to now.
  const watch = await cacher.watch(ctx, collection, { ...everything, resourceVersion: String(revisions[0]) })
  expect(await collect(watch, (seen) => seen.length === 2)).toEqual(['ADDED during', 'DELETED before'])
  feed.stop()
})

test('a list newer than the feed counts: what the feed tells later of before is passed over', async () => {
  const kv = new SlowLists(store.kv)
  const { feed, cacher } = cacherOn(kv)
  const collection = freshCollection()
  kv.hold()
  kv.failures = Number.POSITIVE_INFINITY
  feed.start()
  await until(() => kv.lists === 1)
  const { revision: since } = await cacher.create(ctx, `${collection}/a`, widget('a'))
  const { revision } = await cacher.delete(ctx, `${collection}/a`)
  kv.failures = 0
  expect(await cacher.ready(5_000)).toBe(true)
  expect(feed.revision).toBeLessThan(since)
  const listed = await cacher.getList(ctx, collection, { ...everything, resourceVersion: '0' })
  expect(listed.items).toEqual([])
  expect(listed.resourceVersion).toBe(String(revision))
  // What is older than the list is history, which the store knows.
  const history = await cacher.watch(ctx, collection, { ...everything, resourceVersion: String(since) })
  const watch = await cacher.watch(ctx, collection, { ...everything, resourceVersion: listed.resourceVersion })
  const [past, seen] = [collect(history, (all) => all.length === 2), collect(watch, (all) => all.length === 1)]
  kv.release()
  await cacher.create(ctx, `${collection}/b`, widget('b'))
  expect(await past).toEqual(['DELETED a', 'ADDED b'])
  expect(await seen).toEqual(['ADDED b'])
  feed.stop()
})

test('a store that is behind the list has been set back, however far behind the feed is', async () => {
  const kv = new SlowLists(store.kv)
  const { feed, cacher } = cacherOn(kv)
  kv.hold()
  kv.failures = Number.POSITIVE_INFINITY
  feed.start()
  await until(() => kv.lists === 1)
  const collection = freshCollection()
  const { revision } = await cacher.create(ctx, `${collection}/a`, widget('a'))
  kv.failures = 0
  expect(await cacher.ready(5_000)).toBe(true)
  expect(feed.revision).toBeLessThan(revision)
  kv.asked.length = 0
  kv.readIndex = () => revision - 1
  expect(feed.reached(revision - 1)).toBe(true)
  await cacher.get(ctx, `${collection}/a`)
  expect(kv.asked).toContain('get')
  expect(feed.revision).toBe(0)
  feed.stop()
  kv.release()
})

describe('a value that cannot be opened', () => {
  /** Opens everything but values with the word in them. */
  function locked(word: string) {
    const state = { word }
    const transformer = {
      ...identityTransformer,
      fromStorage(value: Buffer, key: string) {
        if (state.word && value.includes(state.word)) throw new KVError(`the key of ${key} is lost`)
        return identityTransformer.fromStorage(value, key)
      },
    }
    return { state, transformer }
  }

  test('takes the cache away until it can be: nothing is answered from what is behind', async () => {
    const { state, transformer } = locked('sealed-word')
    const errors: unknown[] = []
    const kv = new SwitchedKV(store.kv)
    const base = cacherOn(kv, {
      store: new Store({ kv, codec: kinds.codec, transformer }),
      onError: (e) => errors.push(e),
    })
    const { cacher, feed } = base
    feed.start()
    await cacher.ready(5_000)
    const collection = freshCollection()
    const key = `${collection}/a`
    await cacher.create(ctx, key, widget('a'))
    await cacher.get(ctx, key)
    const watch = await cacher.watch(ctx, collection, { ...everything, resourceVersion: String(cacher.revision) })
    const sealed = await base.cacher.create(ctx, `${collection}/b`, widget('b', { spec: { note: 'sealed-word' } }))
    expect(await thrownBy(collect(watch, () => false))).toMatchObject({ code: 'Expired' })
    expect(cacher.cache).toBeUndefined()
    const later = await cacher.create(ctx, `${collection}/c`, widget('c'))
    expect((await cacher.get(ctx, `${collection}/c`)).revision).toBe(later.revision)
    expect((await cacher.get(ctx, key, { resourceVersion: '0' })).name).toBe('a')
    await expect(cacher.get(ctx, `${collection}/b`)).rejects.toThrow('is lost')

    state.word = ''
    expect(await cacher.ready(15_000)).toBe(true)
    expect((await cacher.get(ctx, `${collection}/b`)).revision).toBe(sealed.revision)
    expect(errors.length).toBeGreaterThan(0)
    feed.stop()
  })

  test('that comes while the state is being listed does the same', async () => {
    const { state, transformer } = locked('early-word')
    const kv = new SlowLists(store.kv)
    const { cacher, feed } = cacherOn(kv, { store: new Store({ kv, codec: kinds.codec, transformer }) })
    const collection = freshCollection()
    kv.holdLists()
    feed.start()
    await until(() => feed.revision > 0 && kv.lists === 1)
    await cacher.create(ctx, `${collection}/a`, widget('a', { spec: { note: 'early-word' } }))
    await until(() => feed.revision === store.kv.readIndex())
    kv.releaseLists()
    await until(() => kv.lists > 1)
    expect(cacher.cache).toBeUndefined()
    state.word = ''
    const later = await cacher.create(ctx, `${collection}/b`, widget('b'))
    expect((await cacher.get(ctx, `${collection}/b`)).revision).toBe(later.revision)
    expect(await cacher.ready(15_000)).toBe(true)
    expect(names((await cacher.getList(ctx, collection, everything)).items)).toEqual(['a', 'b'])
    expect(cacher.stats.initializations).toBe(1)
    feed.stop()
  })
})
