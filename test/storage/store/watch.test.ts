import { afterEach, describe, expect, test, vi } from 'vitest'
import { backgroundContext } from '../../../lib/meta/context.js'
import type { KubeObject } from '../../../lib/meta/types.js'
import { type StorageWatchOptions, Store, type WatchEvent } from '../../../lib/storage/index.js'
import {
  CompactedError,
  KVError,
  type KVWatch,
  ReplacedError,
  UnavailableError,
  type WatchOptions,
} from '../../../lib/storage/kv/types.js'
import { widget } from '../../runtime/widgets.js'
import {
  ctx,
  embedded,
  freshCollection,
  kinds,
  PassingKV,
  type Selection,
  selecting,
  throughCache,
  thrownBy,
} from './harness.js'

const { kv, store: makeStore } = embedded()
const store = makeStore()

const open = new Set<AbortController>()
afterEach(() => {
  for (const controller of open) controller.abort()
  open.clear()
})

interface Watching {
  /** The next so many events, as `TYPE name`. */
  take(count: number): Promise<string[]>
  next(): Promise<WatchEvent>
  end(): void
}

const shown = (event: WatchEvent) =>
  event.type === 'BOOKMARK' ? event.type : `${event.type} ${event.object.object.metadata.name}`

async function watching(
  collection: string,
  selection: Selection = {},
  options: Partial<StorageWatchOptions> = {},
  on = store,
): Promise<Watching> {
  const controller = new AbortController()
  open.add(controller)
  const predicate = selecting(selection)
  const context = backgroundContext({ signal: controller.signal })
  const events = await on.watch(context, collection, { predicate, recursive: true, ...options })
  const iterator = events[Symbol.asyncIterator]()
  const next = async () => {
    const { value, done } = await iterator.next()
    if (done) throw new Error('the watch has ended')
    return value as WatchEvent
  }
  return {
    next,
    end: () => controller.abort(),
    async take(count) {
      const taken: string[] = []
      while (taken.length < count) taken.push(shown(await next()))
      return taken
    },
  }
}

const labelled = (name: string, color: string): KubeObject => {
  const object = widget(name)
  object.metadata.labels = { color }
  return object
}
const put = (collection: string, object: KubeObject) =>
  store.guaranteedUpdate(ctx, `${collection}/${object.metadata.name}`, {
    ignoreNotFound: true,
    tryUpdate: () => ({ object }),
  })
const remove = (collection: string, name: string) => store.delete(ctx, `${collection}/${name}`)

/** Ends a stretch of events: what comes before it has all been seen. */
const mark = (collection: string) => put(collection, labelled('zz-mark', 'red'))

test('a watch from nowhere begins with what exists, and goes on with what happens, each once', async () => {
  const collection = freshCollection()
  await put(collection, labelled('a', 'red'))
  const events = await watching(collection)
  await put(collection, labelled('b', 'red'))
  await put(collection, labelled('a', 'blue'))
  await remove(collection, 'a')
  expect(await events.take(4)).toEqual(['ADDED a', 'ADDED b', 'MODIFIED a', 'DELETED a'])
})

test('a watch from a resourceVersion begins behind it', async () => {
  const collection = freshCollection()
  await put(collection, labelled('a', 'red'))
  const { resourceVersion } = await put(collection, labelled('b', 'red'))
  await put(collection, labelled('c', 'red'))
  const events = await watching(collection, {}, { resourceVersion })
  await put(collection, labelled('d', 'red'))
  expect(await events.take(2)).toEqual(['ADDED c', 'ADDED d'])
})

test('a watch without initial events begins with what happens after it is there', async () => {
  const collection = freshCollection()
  await put(collection, labelled('a', 'red'))
  const events = await watching(collection, {}, { sendInitialEvents: false })
  await put(collection, labelled('b', 'red'))
  expect(await events.take(1)).toEqual(['ADDED b'])
})

// A cache gives such a watch back itself: it opens none in the store.
test.skipIf(throughCache)('a watch from now on is not given back before the store has taken it', async () => {
  let established = () => {}
  class Slow extends PassingKV {
    override watch(context: typeof ctx, prefix: string, options: WatchOptions): KVWatch {
      const inner = super.watch(context, prefix, options)
      const waiting = new Promise<number>((resolve) => {
        established = () => resolve(1)
      })
      return Object.assign(Object.create(inner) as KVWatch, { established: waiting })
    }
  }
  let given = false
  const opening = makeStore({ kv: new Slow(kv) })
    .watch(ctx, freshCollection(), { predicate: selecting(), recursive: true, sendInitialEvents: false })
    .then(() => {
      given = true
    })
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(given).toBe(false)
  established()
  await opening
})

test('initial events of a watch with bookmarks end with a bookmark that says so', async () => {
  const collection = freshCollection()
  await put(collection, labelled('a', 'red'))
  const events = await watching(collection, {}, { sendInitialEvents: true, bookmarkIntervalMs: 60_000 })
  expect(await events.take(1)).toEqual(['ADDED a'])
  expect(await events.next()).toMatchObject({ type: 'BOOKMARK', initialEventsEnd: true })
})

test('bookmarks tell how far the watch has come although nothing happened to it', async () => {
  const collection = freshCollection()
  const events = await watching(collection, {}, { sendInitialEvents: false, bookmarkIntervalMs: 10 })
  const other = await put(freshCollection(), labelled('elsewhere', 'red'))
  let far = 0
  while (far < other.revision) {
    const event = await events.next()
    if (event.type !== 'BOOKMARK') throw new Error(`${event.type} came`)
    far = Number(event.resourceVersion)
  }
  expect(far).toBeGreaterThanOrEqual(other.revision)
})

describe('through a selector', () => {
  test('an object comes into view as ADDED, changes, and goes out of it as DELETED', async () => {
    const collection = freshCollection()
    const events = await watching(collection, { labels: 'color=red' })
    await put(collection, labelled('a', 'blue'))
    await put(collection, labelled('a', 'red'))
    await put(collection, { ...labelled('a', 'red'), spec: { width: 1, height: 1 } })
    await put(collection, labelled('a', 'blue'))
    await put(collection, labelled('a', 'green'))
    await remove(collection, 'a')
    await mark(collection)
    expect(await events.take(4)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a', 'ADDED zz-mark'])
  })

  test('what goes out of view is shown as it last matched, at the revision of the change', async () => {
    const collection = freshCollection()
    const events = await watching(collection, { labels: 'color=red' })
    await put(collection, labelled('a', 'red'))
    const { resourceVersion } = await put(collection, labelled('a', 'blue'))
    await events.take(1)
    const event = await events.next()
    if (event.type !== 'DELETED') throw new Error(`${event.type} came`)
    expect(event.object.object.metadata).toMatchObject({ labels: { color: 'red' }, resourceVersion })
  })

  test('an object that never matched is never heard of', async () => {
    const collection = freshCollection()
    const events = await watching(collection, { labels: 'color=red' })
    await put(collection, labelled('a', 'blue'))
    await remove(collection, 'a')
    await mark(collection)
    expect(await events.take(1)).toEqual(['ADDED zz-mark'])
  })
})

test('a deletion is shown as the last state at the revision of the deletion', async () => {
  const collection = freshCollection()
  await put(collection, labelled('a', 'red'))
  const events = await watching(collection, {}, { sendInitialEvents: false })
  const gone = await remove(collection, 'a')
  const event = await events.next()
  if (event.type !== 'DELETED') throw new Error(`${event.type} came`)
  expect(event.object.object.metadata).toMatchObject({ name: 'a', resourceVersion: gone.resourceVersion })
})

test('a watch of one object hears nothing of those whose names begin like it', async () => {
  const collection = freshCollection()
  const events = await watching(`${collection}/a`, {}, { recursive: false, sendInitialEvents: false })
  await put(collection, labelled('ab', 'red'))
  await put(collection, labelled('a', 'red'))
  expect(await events.take(1)).toEqual(['ADDED a'])
})

test('a watch of a collection hears nothing of those whose names begin like it', async () => {
  const collection = freshCollection()
  const events = await watching(collection, {}, { sendInitialEvents: false })
  await put(`${collection}x`, labelled('other', 'red'))
  await put(collection, labelled('a', 'red'))
  expect(await events.take(1)).toEqual(['ADDED a'])
})

/** How often JSON is parsed while a watch tells of a change and a deletion, and both are shown. */
async function parsesOf(selection: Selection): Promise<number> {
  const collection = freshCollection()
  const events = await watching(collection, selection, { sendInitialEvents: false })
  const spy = vi.spyOn(JSON, 'parse')
  await put(collection, labelled('a', 'red'))
  await remove(collection, 'a')
  const parsedByWriters = spy.mock.calls.length
  for (let i = 0; i < 2; i++) {
    const event = await events.next()
    if (event.type !== 'BOOKMARK') event.object.encodedAs(kinds.v1)
  }
  const parsed = spy.mock.calls.length - parsedByWriters
  spy.mockRestore()
  return parsed
}

test('a watch of the stored version parses nothing', async () => {
  expect(await parsesOf({})).toBe(0)
})

// A cache has looked at the labels of a change before a watcher asks for it.
test.skipIf(throughCache)('a watch through a selector parses what it tells', async () => {
  expect(await parsesOf({ labels: 'color=red' })).toBeGreaterThan(0)
})

describe('a watch ends', () => {
  test('when its context does', async () => {
    const events = await watching(freshCollection())
    const waiting = events.next()
    events.end()
    expect((await thrownBy(waiting)).message).toBe('the watch has ended')
  })

  // A cache still knows what the store has forgotten.
  test.skipIf(throughCache)(
    'with an error that names the resourceVersion asked for, when that is compacted',
    async () => {
      const collection = freshCollection()
      const { resourceVersion } = await put(collection, labelled('a', 'red'))
      await put(collection, labelled('b', 'red'))
      await put(collection, labelled('c', 'red'))
      await kv.compact(ctx, await kv.currentRevision(ctx))
      const events = await watching(collection, {}, { resourceVersion })
      expect(await thrownBy(events.next())).toMatchObject({
        code: 'Expired',
        message: `too old resource version: ${resourceVersion} (${kv.compactedRevision()})`,
      })
    },
  )

  test('with an error when a value cannot be read through its selector', async () => {
    const collection = freshCollection()
    const events = await watching(collection, { labels: 'color=red' }, { sendInitialEvents: false })
    await kv.create(ctx, `/registry${collection}/bad`, Buffer.from('k8s\0'))
    expect((await thrownBy(events.next())).message).toContain(`/registry${collection}/bad cannot be read`)
  })
})

test('a resourceVersion that is no number is refused before the watch begins', async () => {
  expect((await thrownBy(watching(freshCollection(), {}, { resourceVersion: 'abc' }))).message).toContain(
    'strconv.ParseUint: parsing "abc": invalid syntax',
  )
})

describe('a watch of a store that breaks', () => {
  /** A store whose watches are taken, and end, with an error. */
  const breaking = (error: Error, established: Promise<number> = Promise.resolve(1)) =>
    new Store({
      codec: kinds.codec,
      kv: new (class extends PassingKV {
        override watch(): KVWatch {
          established.catch(() => {})
          const next = () => Promise.reject(error)
          return { established, requestProgress() {}, cancel() {}, [Symbol.asyncIterator]: () => ({ next }) }
        }
      })(kv),
    })

  const end = async (error: Error) => {
    const options = { predicate: selecting(), recursive: true, resourceVersion: '1' }
    for await (const event of await breaking(error).watch(ctx, freshCollection(), options)) return event
    return 'in peace'
  }

  test('ends in peace where the store is only away: the reader may go on from where he is', async () => {
    expect(await end(new UnavailableError('away'))).toBe('in peace')
  })

  test.each([
    ['a store that was put back', new ReplacedError('another'), { code: 'Expired' }],
    ['a compaction', new CompactedError(2, 5), { code: 'Expired' }],
    ['anything else', new KVError('broken'), { name: 'KVError', message: 'broken' }],
  ])('ends with an error: %s', async (_, error, seen) => {
    expect(await thrownBy(end(error))).toMatchObject(seen)
  })

  test.each([
    ['a store that was put back', new ReplacedError('another'), { code: 'Expired' }],
    ['a store that is away', new UnavailableError('away'), { name: 'UnavailableError' }],
  ])('from now on does not begin: %s', async (_, error, seen) => {
    const store = breaking(error, Promise.reject(error))
    const options = { predicate: selecting(), recursive: true, sendInitialEvents: false }
    expect(await thrownBy(store.watch(ctx, freshCollection(), options))).toMatchObject(seen)
  })
})
