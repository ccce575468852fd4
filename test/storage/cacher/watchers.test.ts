import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../../../lib/meta/types.js'
import { StorageCodec, StoredObject, UnreadableValueError } from '../../../lib/runtime/index.js'
import { CacheEvent } from '../../../lib/storage/cacher/cache-event.js'
import { CacheWatcher } from '../../../lib/storage/cacher/cache-watcher.js'
import { WatcherIndex } from '../../../lib/storage/cacher/watcher-index.js'
import type { SelectionPredicate } from '../../../lib/storage/index.js'
import { widget } from '../../runtime/widgets.js'
import { dice } from '../kv/contract/harness.js'
import { kinds, ROOT, selecting, told, withSignal } from './harness.js'

const root = `/registry${ROOT}/`

interface Watching {
  readonly scope: string
  readonly predicate: SelectionPredicate
  readonly after: number
  readonly watcher: CacheWatcher
  readonly expected: string[]
  error: unknown
}

/** Everything that can happen to objects of a few names, of which some have labels and some cannot be read. */
function changes(seed: number, count: number): CacheEvent[] {
  // Labels are found in the bytes where the stored version is the internal one.
  const codec = seed % 2 ? kinds.codec : new StorageCodec(kinds.scheme, kinds.v2)
  const next = dice(seed)
  const pick = <V>(values: readonly V[]): V => values[next(values.length)]!
  const state = new Map<string, StoredObject>()
  return Array.from({ length: count }, (_, i) => {
    const [namespace, name] = [pick(['ns', 'ns-a', 'nsx']), pick(['a', 'ab', 'b', 'ns'])]
    const key = `${root}${namespace}/${name}`
    const before = state.get(key)
    const labels = {
      ...pick<object>([{}, { app: 'x' }, { app: 'y' }, { app: '' }]),
      ...pick<object>([{}, { tier: 'x' }, { constructor: 'x' }]),
    }
    const object = widget(name, { metadata: { name, namespace, ...(next(4) ? { labels } : {}) } })
    const value = next(40) === 0 ? Buffer.from('no object') : codec.encode(object)
    const now = before && next(3) === 0 ? undefined : new StoredObject(key, value, i + 1, codec).settle()
    if (now) state.set(key, now)
    else state.delete(key)
    return new CacheEvent(key, i + 1, now, before)
  })
}

const SELECTIONS = [
  {},
  { labels: 'app=x' },
  { labels: 'app==y' },
  { labels: 'app in (x)' },
  { labels: 'app in (x,y)' },
  { labels: 'app=' },
  { labels: 'app!=x' },
  { labels: 'app' },
  { labels: '!app' },
  { labels: 'tier=x,app=x' },
  { labels: 'app notin (y),tier=x' },
  { labels: 'constructor=x' },
  { labels: 'app=none' },
  { fields: 'metadata.name=a' },
  { labels: 'app=x', fields: 'metadata.name!=a' },
]
const SCOPES = ['', 'ns/', 'ns-a/', 'nsx/', 'none/', 'ns/a', 'ns/ns', 'nsx/ab', 'nsx/none']

/** What a watcher must hear, by the rule itself: no index, no sharing. */
function naive({ key, revision, now, before }: CacheEvent, { scope, predicate, after }: Watching): string | undefined {
  if (revision <= after || (scope.endsWith('/') ? !key.startsWith(scope) : key !== scope)) return undefined
  const seenNow = now !== undefined && predicate.matches(now)
  const seenBefore = before !== undefined && predicate.matches(before)
  if (!seenNow && !seenBefore) return undefined
  const type = seenNow ? (seenBefore ? 'MODIFIED' : 'ADDED') : 'DELETED'
  return `${type} ${key.slice(key.lastIndexOf('/') + 1)}@${revision}`
}

function watching(index: WatcherIndex, scope: string, predicate: SelectionPredicate, after: number): Watching {
  const state = { scope, predicate, after, expected: [] as string[], error: undefined as unknown }
  const watcher = new CacheWatcher<KubeObject>(
    withSignal().ctx,
    predicate,
    after,
    {},
    { events: 1_000, bytes: 1_000_000 },
    () => after,
    (ended) => index.delete(scope, ended),
  )
  index.add(scope, watcher)
  return Object.assign(state, { watcher })
}

function heard({ watcher }: Watching): { heard: string[]; error: unknown } {
  const heard: string[] = []
  try {
    for (;;) {
      const { events, next } = watcher.take(1_000_000)
      for (const event of events)
        heard.push(event.type === 'BOOKMARK' ? 'BOOKMARK' : `${told(event)}@${event.object.revision}`)
      if (next !== 'more') return { heard, error: undefined }
    }
  } catch (error) {
    return { heard, error }
  }
}

describe('watchers of an index', () => {
  test.each([1, 2, 3, 4])('hear what the rule says, and nothing else (seed %i)', (seed) => {
    const next = dice(seed + 1_000)
    const index = new WatcherIndex(root)
    const all: Watching[] = []
    for (const event of changes(seed, 250)) {
      // Watchers come and go all the time.
      for (let i = 0; i < 1 + next(2); i++) {
        const after = event.revision - 1 + (next(10) === 0 ? 20 : 0)
        all.push(
          watching(index, root + SCOPES[next(SCOPES.length)]!, selecting(SELECTIONS[next(SELECTIONS.length)]), after),
        )
      }
      for (const each of all) {
        if (each.watcher.ended) continue
        try {
          const line = naive(event, each)
          if (line) each.expected.push(line)
        } catch (err) {
          each.error = err
        }
      }
      index.dispatch(event)
      const gone = all[next(all.length)]!
      if (!gone.watcher.ended && next(4) === 0) {
        expect(heard(gone)).toEqual({ heard: gone.expected, error: undefined })
        gone.watcher.cancel()
        gone.expected.length = 0
      }
    }
    for (const each of all) {
      const { heard: lines, error } = heard(each)
      expect(lines).toEqual(each.expected)
      expect(error instanceof UnreadableValueError).toBe(each.error instanceof UnreadableValueError)
    }
    const lines = all.flatMap(({ expected }) => expected)
    for (const type of ['ADDED', 'MODIFIED', 'DELETED']) expect(lines.some((line) => line.startsWith(type))).toBe(true)
    expect(all.some(({ error }) => error !== undefined)).toBe(true)
  })

  test('of one selection are shown the same event, made once', () => {
    const index = new WatcherIndex(root)
    const watchers = [1, 2].map(() => watching(index, root, selecting({ labels: 'app=x' }), 0))
    watchers.push(watching(index, `${root}ns/`, selecting({ labels: 'app in (x)' }), 0))
    const object = widget('a', { metadata: { name: 'a', labels: { app: 'x' } } })
    const stored = new StoredObject(`${root}ns/a`, kinds.codec.encode(object), 1, kinds.codec)
    index.dispatch(new CacheEvent(stored.key, 1, stored, undefined))
    const [first, second, third] = watchers.map(({ watcher }) => watcher.take(1).events[0])
    expect(first).toBeDefined()
    expect(second).toBe(first)
    expect(third).toBe(first)
  })

  test('whose objects are asked for a label that others have by inheritance do not see them', () => {
    const index = new WatcherIndex(root)
    const each = watching(index, root, selecting({ labels: 'constructor=x' }), 0)
    const stored = new StoredObject(`${root}ns/a`, kinds.codec.encode(widget('a')), 1, kinds.codec)
    index.dispatch(new CacheEvent(stored.key, 1, stored, undefined))
    expect(heard(each)).toEqual({ heard: [], error: undefined })
  })
})

describe('a watcher that cannot judge what it is to begin with', () => {
  const unreadable = new StoredObject(`${root}ns/b`, Buffer.from('no object'), 2, kinds.codec)
  const readable = new StoredObject(`${root}ns/a`, kinds.codec.encode(widget('a')), 1, kinds.codec)
  const by = selecting({ labels: '!none' })

  test.each([
    ['a state', { initial: [readable, unreadable, readable][Symbol.iterator]() }],
    ['the past', { past: [1, 2, 3].map((n) => new CacheEvent('k', n, n === 2 ? unreadable : readable, undefined)) }],
  ])('tells what came before it, then the error, then nothing: %s', (_, start) => {
    const ended: unknown[] = []
    const watcher = new CacheWatcher<KubeObject>(
      withSignal().ctx,
      by,
      0,
      start,
      { events: 10, bytes: 1_000 },
      () => 9,
      (_watcher, error) => ended.push(error),
    )
    expect(watcher.take(1_000_000).events.map(told)).toEqual(['ADDED a'])
    expect(ended).toEqual([expect.any(UnreadableValueError)])
    expect(() => watcher.take(1)).toThrow(UnreadableValueError)
    expect(watcher.take(1)).toEqual({ events: [], next: 'end' })
  })
})
