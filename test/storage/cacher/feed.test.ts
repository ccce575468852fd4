import { describe, expect, test } from 'vitest'
import { ChangeFeed } from '../../../lib/storage/cacher/index.js'
import { ClosedError, CompactedError, KVError, type KVWatch } from '../../../lib/storage/kv/types.js'
import { widget } from '../../runtime/widgets.js'
import {
  backends,
  collect,
  ctx,
  freshCollection,
  PassingKV,
  running,
  selecting,
  switched,
  thrownBy,
  until,
} from './harness.js'

const store = running(backends[0]!)
const everything = { predicate: selecting(), recursive: true }

describe('a feed that breaks', () => {
  test.each([
    ['an error of the store', new KVError('broken'), { code: 'Expired' }],
    ['a compaction', new CompactedError(1, 2), { code: 'Expired' }],
    ['the end of the store', new ClosedError('closed'), { name: 'ClosedError' }],
  ])('ends its watches, and the store answers: %s', async (_, why, seen) => {
    const { kv, cacher } = await switched(store.kv)
    const collection = freshCollection()
    await cacher.create(ctx, `${collection}/a`, widget('a'))
    await cacher.get(ctx, `${collection}/a`)
    const watch = await cacher.watch(ctx, collection, { ...everything, resourceVersion: String(cacher.revision) })
    const ended = thrownBy(collect(watch, () => false))
    kv.asked.length = 0
    kv.breakFeed(why)
    expect(await ended).toMatchObject(seen)
    expect(cacher.cache).toBeUndefined()
    expect((await cacher.get(ctx, `${collection}/a`, { resourceVersion: '0' })).name).toBe('a')
    expect(kv.asked).toContain('get')
    expect(cacher.stats).toMatchObject({ watchers: 0, terminatedWatchers: 1 })
  })

  test('begins again by itself, with what was written meanwhile', async () => {
    const { kv, cacher } = await switched(store.kv)
    const collection = freshCollection()
    const held = await cacher.create(ctx, `${collection}/a`, widget('a'))
    await cacher.get(ctx, `${collection}/a`)
    kv.breakFeed(new KVError('broken'))
    await until(() => cacher.cache === undefined)
    const { revision } = await cacher.delete(ctx, `${collection}/a`)
    expect(revision).toBeGreaterThan(held.revision)
    await until(() => cacher.cache !== undefined)
    // The cache may have been filled before the deletion was made; then it hears of it as of any other.
    const resourceVersion = String(revision)
    expect((await thrownBy(cacher.get(ctx, `${collection}/a`, { resourceVersion }))).message).toContain('not found')
    expect(cacher.stats.initializations).toBe(2)
    expect(kv.feeds).toEqual(['/registry/', '/registry/'])
  })

  test('wakes the reads that wait for it: they go to the store', async () => {
    const { kv, cacher } = await switched(store.kv)
    const key = `${freshCollection()}/a`
    kv.hold()
    const { revision } = await cacher.create(ctx, key, widget('a'))
    const reads = [1, 2, 3].map(() => cacher.get(ctx, key))
    kv.breakFeed(new KVError('broken'))
    expect((await Promise.all(reads)).map((object) => object.revision)).toEqual([revision, revision, revision])
    expect(kv.asked.filter((call) => call === 'get').length).toBe(3)
  })

  test('drops a list that was under way, and lists once more', async () => {
    const { kv, feed, cacher } = await switched(store.kv)
    for (let i = 0; i < 5; i++) {
      feed.restart(new KVError(`again ${i}`))
      await until(() => feed.revision > 0)
    }
    await until(() => cacher.cache !== undefined)
    const key = `${freshCollection()}/a`
    const { revision } = await cacher.create(ctx, key, widget('a'))
    expect((await cacher.get(ctx, key)).revision).toBe(revision)
    expect(cacher.cache?.get(`/registry${key}`)?.revision).toBe(revision)
    expect(kv.feeds.length).toBe(6)
  })
})

describe('a feed that is stopped', () => {
  test('ends its watches, and can be started again at once', async () => {
    const { feed, cacher } = await switched(store.kv)
    const collection = freshCollection()
    for (let i = 0; i < 3; i++) {
      const watch = await cacher.watch(ctx, collection, { ...everything, resourceVersion: String(cacher.revision) })
      feed.stop()
      expect(await thrownBy(collect(watch, () => false))).toBeInstanceOf(ClosedError)
      feed.start()
      feed.stop()
      feed.start()
      await until(() => cacher.cache !== undefined)
    }
    const before = cacher.stats.initializations
    const { revision } = await cacher.create(ctx, `${collection}/a`, widget('a'))
    expect((await cacher.get(ctx, `${collection}/a`)).revision).toBe(revision)
    expect(cacher.stats.initializations).toBe(before)
  })

  test.each([0, 1, 2, 3, 4, 5])(
    'while it begins (%i microtasks after its watch was taken) stays so',
    async (microtasks) => {
      const begun: number[] = []
      const kv = new (class extends PassingKV {
        override watch(...args: Parameters<PassingKV['watch']>): KVWatch {
          const watch = super.watch(...args)
          watch.established.then(async () => {
            for (let i = 0; i < microtasks; i++) await undefined
            feed.stop()
          })
          return watch
        }
      })(store.kv)
      const feed = new ChangeFeed(kv, '/registry/')
      feed.register('/registry/x/', {
        apply: () => {},
        begin: (revision) => begun.push(revision),
        interrupt: () => begun.pop(),
      })
      feed.start()
      await new Promise((resolve) => setTimeout(resolve, 10))
      expect(begun).toEqual([])
      expect(feed.revision).toBe(0)
    },
  )
})
