import { expect, onTestFinished, test } from 'vitest'
import type { KVWatch } from '../../../lib/storage/kv/types.js'
import { widget } from '../../runtime/widgets.js'
import { backends, cacherOn, ctx, freshCollection, running, SwitchedKV, selecting } from './harness.js'

const store = running(backends[0]!)

/** A store whose feed the test takes from its connection. */
class DisconnectedKV extends SwitchedKV {
  connected = true

  override watch(...args: Parameters<SwitchedKV['watch']>): KVWatch {
    const watch = super.watch(...args)
    return Object.defineProperty(watch, 'connected', { get: () => this.connected })
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
