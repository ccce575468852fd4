import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { identityTransformer, Store } from '../../../lib/storage/index.js'
import { KVError, type KVWatch } from '../../../lib/storage/kv/types.js'
import { widget } from '../../runtime/widgets.js'
import {
  backends,
  cacherOn,
  ctx,
  freshCollection,
  kinds,
  PassingKV,
  running,
  selecting,
  switched,
  until,
} from './harness.js'

const store = running(backends[0]!)

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** How many of these are still held by somebody. */
async function alive(refs: readonly WeakRef<object>[]): Promise<number> {
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    collectGarbage()
  }
  return refs.filter((ref) => ref.deref() !== undefined).length
}

test('a cache holds the objects of now, and of the past no more than its window', async () => {
  const [objects, updates, windowEvents] = [100, 10_000, 500]
  const { cacher, feed, kv } = await switched(store.kv, { windowEvents })
  const collection = freshCollection()
  const seen = new WeakSet<object>()
  const refs: WeakRef<object>[] = []
  const note = '.'.repeat(1_000)
  const writer = async (name: string) => {
    let { revision } = await kv.create(ctx, `/registry${collection}/${name}`, kinds.codec.encode(widget(name)))
    for (let i = 0; i < updates / objects; i++) {
      const value = kinds.codec.encode(widget(name, { spec: { width: i, height: 0, note } }))
      revision = (await kv.update(ctx, `/registry${collection}/${name}`, value, revision)).revision
      const shown = cacher.cache!.get(`/registry${collection}/${name}`)
      if (!shown || seen.has(shown)) continue
      seen.add(shown)
      refs.push(new WeakRef(shown))
    }
  }
  await Promise.all(Array.from({ length: objects }, (_, i) => writer(`a-${i}`)))
  await until(() => feed.revision === store.kv.readIndex())
  const list = await cacher.getList(ctx, collection, { predicate: selecting(), recursive: true })
  expect(list.items.length).toBe(objects)
  expect(refs.length).toBeGreaterThan(updates / 2)
  expect(cacher.cache!.window.size).toBe(windowEvents)
  // The newest, and for each event of the window what it has replaced.
  expect(await alive(refs)).toBeLessThanOrEqual(objects + windowEvents)
})

test('a cache that cannot be filled hoards nothing of what happens meanwhile', async () => {
  const refs: WeakRef<object>[] = []
  const kv = new (class extends PassingKV {
    loads = 0
    override range(...args: Parameters<PassingKV['range']>) {
      this.loads++
      return super.range(...args)
    }
    override watch(...args: Parameters<PassingKV['watch']>): KVWatch {
      const watch = super.watch(...args)
      const batches = async function* () {
        for await (const batch of watch) {
          refs.push(...batch.events.map((event) => new WeakRef(event)))
          yield batch
        }
      }
      return {
        established: watch.established,
        requestProgress: () => watch.requestProgress(),
        cancel: () => watch.cancel(),
        [Symbol.asyncIterator]: batches,
      }
    }
  })(store.kv)
  const transformer = {
    ...identityTransformer,
    fromStorage: (): never => {
      throw new KVError('the key is lost')
    },
  }
  const { feed, cacher } = cacherOn(kv, { store: new Store({ kv, codec: kinds.codec, transformer }) })
  const collection = freshCollection()
  await store.kv.create(ctx, `/registry${collection}/a`, kinds.codec.encode(widget('a')))
  feed.start()
  await until(() => kv.loads > 0)
  for (let i = 0; i < 200; i++) await store.kv.create(ctx, `/registry${collection}/b-${i}`, Buffer.from('{}'))
  await until(() => refs.length === 200)
  const { loads } = kv
  await until(() => kv.loads > loads)
  expect(cacher.cache).toBeUndefined()
  expect(await alive(refs)).toBeLessThan(20)
  feed.stop()
})
