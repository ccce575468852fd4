import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { ChangeFeed } from '../../../lib/storage/cacher/index.js'
import { CompactedError, KVError, type KVEvent, type KVWatch } from '../../../lib/storage/kv/types.js'
import { backends, PassingKV, running, until } from './harness.js'

const store = running(backends[0]!)

afterEach(() => {
  vi.useRealTimers()
})

/** A watch that the test speaks for. */
class ScriptedWatch implements KVWatch {
  readonly established: Promise<number>
  cancelled = false
  #next: ((result: IteratorResult<{ events: KVEvent[]; revision: number }>) => void) | undefined
  #fail: ((error: Error) => void) | undefined

  constructor(
    readonly prefix: string,
    readonly startRevision: number,
    established: number,
  ) {
    this.established = Promise.resolve(established)
  }

  requestProgress(): void {}

  cancel(): void {
    this.cancelled = true
    this.#next?.({ done: true, value: undefined })
  }

  async tell(revision: number, ...keys: string[]): Promise<void> {
    await until(() => this.#next !== undefined)
    const events = keys.map((key): KVEvent => ({ type: 'delete', key, revision, kv: undefined, prev: undefined }))
    this.#next?.({ done: false, value: { events, revision } })
    this.#next = undefined
    // The reader asks for more once it has told everybody.
    await until(() => this.#next !== undefined || this.cancelled)
  }

  async fail(error: Error): Promise<void> {
    await until(() => this.#fail !== undefined)
    this.#fail!(error)
  }

  [Symbol.asyncIterator]() {
    return {
      next: () =>
        new Promise<IteratorResult<{ events: KVEvent[]; revision: number }>>((resolve, reject) => {
          this.#fail = reject
          if (this.cancelled) resolve({ done: true, value: undefined })
          else this.#next = resolve
        }),
    }
  }
}

/** A feed of two listeners, on watches that the test speaks for. */
function scripted() {
  const watches: ScriptedWatch[] = []
  const told: string[] = []
  const errors: unknown[] = []
  const kv = new (class extends PassingKV {
    index = 10
    override watch(...[, prefix, { startRevision }]: Parameters<PassingKV['watch']>): KVWatch {
      const watch = new ScriptedWatch(prefix, startRevision, this.index)
      watches.push(watch)
      return watch
    }
    override readIndex(): number {
      return this.index
    }
  })(store.kv)
  const feed = new ChangeFeed(kv, '/r/', (err) => errors.push(err))
  for (const name of ['a', 'b'])
    feed.register(`/r/${name}/`, {
      apply: (events) => told.push(...events.map(({ key, revision }) => `${key}@${revision}`)),
      begin: (revision) => told.push(`${name} begins ${revision}`),
      interrupt: () => told.push(`${name} interrupted`),
    })
  onTestFinished(() => feed.stop())
  feed.start()
  return { feed, kv, watches, told, errors }
}

const BEGUN = ['a begins 10', 'b begins 10']

describe('a feed and its listeners', () => {
  test('each hears of its own keys alone, in order, and of no other', async () => {
    const { feed, watches, told } = scripted()
    await watches[0]!.tell(11, '/r/a/1', '/r/b/1', '/r/b/2', '/r/c/1', '/r/a/2', '/r/aa')
    expect(told).toEqual([...BEGUN, '/r/a/1@11', '/r/b/1@11', '/r/b/2@11', '/r/a/2@11'])
    expect(feed.revision).toBe(11)
  })

  test('progress moves it on without events, and never back', async () => {
    const { feed, watches } = scripted()
    await watches[0]!.tell(15)
    expect(feed.revision).toBe(15)
    await watches[0]!.tell(12)
    expect(feed.revision).toBe(15)
  })
})

describe('a feed that must see all keys to know how far it is', () => {
  test('watches both until the wider one has caught up, and tells everything once', async () => {
    const { feed, watches, told } = scripted()
    await watches[0]!.tell(11, '/r/a/1')
    const reached = feed.reached(14)
    await until(() => watches.length === 2)
    const [narrow, wide] = watches as [ScriptedWatch, ScriptedWatch]
    expect([wide.prefix, wide.startRevision]).toEqual(['', 12])
    await narrow.tell(13, '/r/a/3')
    await wide.tell(12, '/foreign/1')
    expect(feed.revision).toBe(13)
    expect(narrow.cancelled).toBe(false)
    await wide.tell(13, '/r/a/3')
    expect(narrow.cancelled).toBe(true)
    await wide.tell(14, '/foreign/2')
    expect(await reached).toBe(true)
    await wide.tell(15, '/r/b/1')
    expect(told).toEqual([...BEGUN, '/r/a/1@11', '/r/a/3@13', '/r/b/1@15'])
    await wide.fail(new KVError('broken'))
    await until(() => watches.length === 3)
    expect(watches[2]!.prefix).toBe('/r/')
    expect(told.slice(5)).toEqual(['a interrupted', 'b interrupted'].concat(BEGUN))
  })

  test('stays as it is when it may not see them: who waits is sent to the store, and not kept waiting again', async () => {
    const { feed, watches, told, errors } = scripted()
    await watches[0]!.tell(11, '/r/a/1')
    const reached = feed.reached(14)
    await until(() => watches.length === 2)
    await watches[1]!.fail(new KVError('permission denied'))
    expect(await reached).toBe(false)
    expect(errors).toEqual([new KVError('permission denied')])
    expect(feed.reached(14)).toBe(false)
    await watches[0]!.tell(14, '/r/a/4')
    expect(feed.reached(14)).toBe(true)
    expect(told).toEqual([...BEGUN, '/r/a/1@11', '/r/a/4@14'])
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2_000 })
    expect(await feed.reached(15)).toBe(false)
    expect(watches.length).toBe(2)
    vi.setSystemTime(Date.now() + 60_000)
    const again = feed.reached(15)
    await until(() => watches.length === 3)
    await watches[2]!.tell(15, '/foreign/1')
    expect(await again).toBe(true)
  })

  test('begins anew when what it has missed is forgotten', async () => {
    const { feed, kv, watches, told } = scripted()
    await watches[0]!.tell(11, '/r/a/1')
    kv.index = 99
    const reached = feed.reached(99)
    await until(() => watches.length === 2)
    await watches[1]!.fail(new CompactedError(12, 90))
    expect(await reached).toBe(false)
    expect(watches[0]!.cancelled).toBe(true)
    await until(() => feed.revision === 99)
    expect(told.slice(3)).toEqual(['a interrupted', 'b interrupted', 'a begins 99', 'b begins 99'])
    expect(feed.reached(99)).toBe(true)
  })

  test('keeps up though nobody asks, so that what it has missed is never long ago', async () => {
    vi.useFakeTimers({ toFake: ['setInterval'] })
    const { feed, kv, watches } = scripted()
    await watches[0]!.tell(11, '/r/a/1')
    kv.index = 12
    vi.advanceTimersByTime(60_000)
    await until(() => watches.length === 2)
    await watches[1]!.tell(12, '/foreign/1')
    expect(feed.revision).toBe(12)
  })

  test('tells nothing that was under way when it was given up', async () => {
    const { feed, watches, told } = scripted()
    await watches[0]!.tell(11, '/r/a/1')
    void feed.reached(14)
    await until(() => watches.length === 2)
    const [narrow, wide] = watches as [ScriptedWatch, ScriptedWatch]
    const late = [narrow.tell(12, '/r/a/2'), wide.tell(12, '/r/a/2')]
    feed.restart(new KVError('the store is another'))
    await Promise.all(late)
    expect(told).toEqual([...BEGUN, '/r/a/1@11', 'a interrupted', 'b interrupted'])
    await until(() => feed.revision === 10)
    feed.restart(new KVError('and another'))
    expect(narrow.cancelled && wide.cancelled).toBe(true)
  })
})
