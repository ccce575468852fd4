import { describe, expect, test } from 'vitest'
import type { Cacher } from '../../../lib/storage/cacher/index.js'
import type { EventSource, StorageWatchOptions, WatchEvent } from '../../../lib/storage/index.js'
import { SlowConsumerError } from '../../../lib/storage/kv/types.js'
import { widget } from '../../runtime/widgets.js'
import {
  backends,
  collect,
  ctx,
  freshCollection,
  running,
  selecting,
  switched,
  thrownBy,
  told,
  until,
  withSignal,
} from './harness.js'

const everything = { predicate: selecting(), recursive: true }
const sizes = (count: number) => (seen: readonly string[]) => seen.length === count

/** A collection of a and b, a of two revisions, of which the first was before the window. */
async function collectionOf(store: ReturnType<typeof running>, options: Parameters<typeof switched>[1] = {}) {
  const made = await switched(store.kv, options)
  const collection = freshCollection()
  const put = (name: string) => made.cacher.create(ctx, `${collection}/${name}`, widget(name))
  const touch = (name: string, width: number) =>
    made.cacher.guaranteedUpdate(ctx, `${collection}/${name}`, {
      tryUpdate: () => ({ object: widget(name, { spec: { width, height: 1 } }) }),
    })
  const remove = (name: string) => made.cacher.delete(ctx, `${collection}/${name}`)
  const watch = (rest: Partial<StorageWatchOptions> = {}, context = ctx) =>
    made.cacher.watch(context, collection, { ...everything, ...rest })
  return { ...made, collection, put, touch, remove, watch }
}

describe.each(backends)('a watch on $name', (backend) => {
  const store = running(backend)

  test('from now tells what comes, and of what is acknowledged by now nothing', async () => {
    const { put, touch, remove, watch } = await collectionOf(store)
    await put('a')
    const events = await watch({ sendInitialEvents: false })
    await put('b')
    await touch('a', 7)
    await remove('b')
    expect(await collect(events, sizes(3))).toEqual(['ADDED b', 'MODIFIED a', 'DELETED b'])
  })

  test('from nothing, or 0, begins with what exists', async () => {
    const { cacher, collection, put, watch } = await collectionOf(store)
    await put('a')
    await cacher.get(ctx, `${collection}/a`)
    for (const resourceVersion of ['', '0']) {
      const events = await watch({ resourceVersion })
      expect(await collect(events, sizes(1))).toEqual(['ADDED a'])
    }
  })

  test('from N tells what came after N, once, up to now and from now on', async () => {
    const { put, touch, remove, watch, kv } = await collectionOf(store)
    const revisions = [await put('a'), await touch('a', 1), await put('b'), await remove('a')].map((o) => o.revision)
    const tail = ['MODIFIED a', 'ADDED b', 'DELETED a', 'ADDED c']
    const watches = await Promise.all(revisions.map((revision) => watch({ resourceVersion: String(revision) })))
    await put('c')
    for (const [i, events] of watches.entries())
      expect(await collect(events, sizes(tail.length - i))).toEqual(tail.slice(i))
    expect(kv.asked).not.toContain('watch')
  })

  test('from N of the future begins there', async () => {
    const { put, watch } = await collectionOf(store)
    const { revision } = await put('a')
    const events = await watch({ resourceVersion: String(revision + 2) })
    for (const name of ['b', 'c', 'd']) await put(name)
    expect(await collect(events, sizes(1))).toEqual(['ADDED d'])
  })

  test('from before the window is served by the store, and refused when the store has forgotten', async () => {
    const { kv, put, touch, watch } = await collectionOf(store, { windowEvents: 2 })
    const first = await put('a')
    for (let i = 0; i < 5; i++) await touch('a', i)
    await put('b')
    const events = await watch({ resourceVersion: first.resourceVersion })
    expect(await collect(events, sizes(6))).toEqual([...Array<string>(5).fill('MODIFIED a'), 'ADDED b'])
    expect(kv.asked).toContain('watch')
    await kv.compact(ctx, first.revision + 3)
    const forgotten = await watch({ resourceVersion: first.resourceVersion })
    expect(await thrownBy(collect(forgotten, sizes(6)))).toMatchObject({ code: 'Expired' })
  })
})

describe('a watch', () => {
  const store = running(backends[0]!)

  test('that ends its list with a bookmark says the revision of the list', async () => {
    const { put, watch } = await collectionOf(store)
    await put('a')
    const { revision } = await put('b')
    const { ctx: watching, end } = withSignal()
    const events = await watch({ sendInitialEvents: true, bookmarkIntervalMs: 60_000 }, watching)
    const seen: WatchEvent[] = []
    for await (const event of events) {
      seen.push(event)
      if (seen.length === 3) break
    }
    expect(seen.map(told)).toEqual(['ADDED a', 'ADDED b', 'BOOKMARK initial'])
    expect(seen[2]).toMatchObject({ resourceVersion: String(revision) })
    end()
  })

  test('gets its list as it stood at the beginning, however late it reads it', async () => {
    const { put, remove, watch } = await collectionOf(store)
    await put('a')
    await put('b')
    const events = await watch({ sendInitialEvents: true, bookmarkIntervalMs: 60_000 })
    await remove('b')
    await put('c')
    const expected = ['ADDED a', 'ADDED b', 'BOOKMARK initial', 'DELETED b', 'ADDED c']
    expect(await collect(events, sizes(5))).toEqual(expected)
  })

  test('has bookmarks that follow the feed, and never one before an event of its revision', async () => {
    const { feed, put, touch, watch } = await collectionOf(store)
    const { resourceVersion } = await put('a')
    const { ctx: watching, end } = withSignal()
    const events = await watch({ resourceVersion, bookmarkIntervalMs: 1 }, watching)
    const writing = (async () => {
      for (let i = 0; i < 100; i++) await touch('a', i)
    })()
    let newest = Number(resourceVersion)
    let bookmarks = 0
    let changes = 0
    for await (const event of events) {
      const revision = event.type === 'BOOKMARK' ? Number(event.resourceVersion) : event.object.revision
      if (event.type === 'BOOKMARK') {
        bookmarks++
        expect(revision).toBeGreaterThanOrEqual(newest)
      } else {
        changes++
        expect(revision).toBeGreaterThan(newest)
      }
      newest = revision
      if (changes === 100 && event.type === 'BOOKMARK') break
    }
    await writing
    expect(bookmarks).toBeGreaterThan(0)
    expect(newest).toBe(feed.revision)
    end()
  })

  test('from the future has no bookmark of the past', async () => {
    const { put, watch } = await collectionOf(store)
    const { revision } = await put('a')
    const events = (await watch({ resourceVersion: String(revision + 1) })) as EventSource
    events.requestBookmark!()
    expect(events.take(1)).toEqual({ events: [], next: 'wait' })
    await put('b')
    await put('c')
    await until(() => events.take(0).events.length > 0)
    events.requestBookmark!()
    const { events: bookmarks } = events.take(1_000)
    expect(bookmarks.map(told)).toContain('BOOKMARK')
    events.cancel()
  })

  test.each([
    ['many events', { watcherLimit: 10 }],
    ['many bytes', { watcherBytes: 10 * 130 }],
  ])('that nobody reads is ended after %s, and nobody else', async (_, limits) => {
    const { cacher, put, touch, watch } = await collectionOf(store, limits)
    const { resourceVersion } = await put('a')
    const [slow, quick] = [await watch({ resourceVersion }), await watch({ resourceVersion })]
    const seen = collect(quick, sizes(30))
    for (let i = 0; i < 30; i++) await touch('a', i)
    expect(await seen).toEqual(Array<string>(30).fill('MODIFIED a'))
    expect(await thrownBy(collect(slow, () => false))).toBeInstanceOf(SlowConsumerError)
    expect(cacher.stats.terminatedWatchers).toBe(1)
  })

  test('may be as late as it likes with what happened before it began', async () => {
    const { cacher, collection, put, touch, watch } = await collectionOf(store, { watcherLimit: 3 })
    const { resourceVersion } = await put('a')
    for (let i = 0; i < 50; i++) await touch('a', i)
    await cacher.get(ctx, `${collection}/a`)
    const events = await watch({ resourceVersion })
    for (let i = 0; i < 3; i++) await touch('a', 100 + i)
    expect((await collect(events, sizes(53))).length).toBe(53)
  })

  test('ends with its context, and is forgotten', async () => {
    const { cacher, put, watch } = await collectionOf(store)
    const { resourceVersion } = await put('a')
    const { ctx: watching, end } = withSignal()
    const events = await watch({ resourceVersion, bookmarkIntervalMs: 1 }, watching)
    expect(cacher.stats.watchers).toBe(1)
    end()
    const rest: string[] = []
    for await (const event of events) rest.push(told(event))
    expect(rest).toEqual([])
    expect(cacher.stats).toMatchObject({ watchers: 0, terminatedWatchers: 0 })
  })

  test('whose context is over before it begins tells nothing', async () => {
    const { cacher, put, watch } = await collectionOf(store)
    await put('a')
    const { ctx: watching, end } = withSignal()
    end()
    for (const rest of [{}, { resourceVersion: '1' }, { sendInitialEvents: true, bookmarkIntervalMs: 1 }]) {
      const seen: string[] = []
      for await (const event of await watch(rest, watching)) seen.push(told(event))
      expect(seen).toEqual([])
    }
    expect(cacher.stats.watchers).toBe(0)
  })

  test('of history is one of a hundred: the next is told to begin anew', async () => {
    const { kv, put, touch, watch } = await collectionOf(store, { windowEvents: 1 })
    const { resourceVersion } = await put('a')
    for (let i = 0; i < 3; i++) await touch('a', i)
    const { ctx: watching, end } = withSignal()
    // All at once, and nobody has read from any yet.
    const started = await Promise.allSettled(Array.from({ length: 110 }, () => watch({ resourceVersion }, watching)))
    const refused = started.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
    expect(refused.length).toBe(10)
    expect(refused[0]).toMatchObject({ code: 'Expired' })
    expect(kv.asked.filter((call) => call === 'watch').length).toBe(100)
    const [one, another] = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    // Who leaves makes room, once.
    await collect(one!, sizes(1))
    const next = await watch({ resourceVersion }, watching)
    await expect(watch({ resourceVersion }, watching)).rejects.toMatchObject({ code: 'Expired' })
    end()
    for (const watched of [another!, next]) for await (const event of watched) expect(event.type).toBe('MODIFIED')
    const after = await Promise.all(Array.from({ length: 100 }, () => watch({ resourceVersion })))
    await expect(watch({ resourceVersion })).rejects.toMatchObject({ code: 'Expired' })
    for (const events of after) await collect(events, sizes(1))
    expect(await collect(await watch({ resourceVersion }), sizes(3))).toEqual(Array<string>(3).fill('MODIFIED a'))
  })

  test('of a key, a namespace or all is served from here, of anything else by the store', async () => {
    const { kv, cacher, collection, put } = await collectionOf(store)
    const { resourceVersion } = await put('a')
    const at = (key: string, recursive: boolean): ReturnType<Cacher['watch']> =>
      cacher.watch(ctx, key, { predicate: selecting(), recursive, resourceVersion })
    const root = collection.slice(0, collection.lastIndexOf('/'))
    const watches = await Promise.all([at(root, true), at(collection, true), at(`${collection}/b`, false)])
    expect(kv.asked).not.toContain('watch')
    await put('b')
    for (const events of watches) expect(await collect(events, sizes(1))).toEqual(['ADDED b'])
    const { ctx: watching, end } = withSignal()
    await cacher.watch(watching, '/example.com', { ...everything, resourceVersion })
    expect(kv.asked).toContain('watch')
    end()
  })
})
