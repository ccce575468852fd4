import { expect, onTestFinished, test } from 'vitest'
import type { KVEvent, KVWatch } from '../../../lib/storage/kv/types.js'
import { widget } from '../../runtime/widgets.js'
import { backends, cacherOn, ctx, freshCollection, running, SwitchedKV, selecting } from './harness.js'

const store = running(backends[0]!)

/** A store whose feed the test takes from its connection. */
class DisconnectedKV extends SwitchedKV {
  connected = true
  /** What each watch of the feed was told to hold on to. */
  readonly anchors: Pick<KVEvent, 'key' | 'revision'>[][] = []

  override watch(...args: Parameters<SwitchedKV['watch']>): KVWatch {
    const watch = super.watch(...args)
    const anchors: Pick<KVEvent, 'key' | 'revision'>[] = []
    this.anchors.push(anchors)
    const anchor = ({ key, revision }: KVEvent) => void anchors.push({ key, revision })
    return Object.defineProperties(watch, { connected: { get: () => this.connected }, anchor: { value: anchor } })
  }
}

async function filled() {
  const kv = new DisconnectedKV(store.kv)
  const made = cacherOn(kv)
  onTestFinished(() => made.feed.stop())
  made.feed.start()
  await made.cacher.ready(10_000)
  const collection = freshCollection()
  await made.cacher.create(ctx, `${collection}/a`, widget('a'))
  await made.cacher.get(ctx, `${collection}/a`)
  kv.asked.length = 0
  return { kv, collection, ...made }
}

test('while the feed is disconnected the store is asked, though it says the revision that the cache shows', async () => {
  const { kv, cacher, collection } = await filled()
  const everything = { predicate: selecting(), recursive: true }
  kv.connected = false
  expect((await cacher.get(ctx, `${collection}/a`)).name).toBe('a')
  expect((await cacher.getList(ctx, collection, everything)).items).toHaveLength(1)
  expect(kv.asked).toEqual(['readIndex', 'get', 'readIndex', 'range'])
  expect(cacher.stats.consistentReadFallbacks).toBe(2)
  kv.connected = true
  kv.asked.length = 0
  expect((await cacher.get(ctx, `${collection}/a`)).name).toBe('a')
  expect(kv.asked).toEqual(['readIndex'])
})

test('a reader who may be shown any version is not sent to the store', async () => {
  const { kv, cacher, collection } = await filled()
  kv.connected = false
  expect((await cacher.get(ctx, `${collection}/a`, { resourceVersion: '0' })).name).toBe('a')
  expect(kv.asked).toEqual([])
})

test('who waits for a revision is not told that it has come while the feed is disconnected', async () => {
  const { kv, feed } = await filled()
  kv.hold()
  const reached = feed.reached(feed.revision + 1)
  kv.connected = false
  kv.release()
  expect(await reached).toBe(false)
  expect(kv.feeds).toEqual(['/registry/'])
})

test('the feed tells its watch of the newest object that a cache was filled with, and a wider watch of the newest change', async () => {
  const collection = freshCollection()
  const before = await cacherOn(store.kv).store.create(ctx, `${collection}/before`, widget('before'))
  const { kv, cacher, feed } = await filled()
  const newest = Math.max(...[...(cacher.cache?.snapshot().values('') ?? [])].map(({ revision }) => revision))
  expect(kv.anchors[0]).toEqual([{ key: before.key, revision: before.revision }])
  kv.answersProgress = false
  await store.kv.create(ctx, '/elsewhere/a', Buffer.from('a'))
  await cacher.get(ctx, `${collection}/before`)
  expect(kv.feeds).toEqual(['/registry/', ''])
  expect(kv.anchors[1]?.map(({ revision }) => revision)).toEqual([newest])
  expect(feed.revision).toBeGreaterThan(newest)
})
