import { type Context, isAborted, offAbort, onAbort } from '../../meta/context.js'
import type { KubeObject } from '../../meta/types.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import { type Timed, TimerQueue } from '../../runtime/timer-queue.js'
import { countUpTo, type EventSource, type TakenEvents, type WatchEvent } from '../interface.js'
import { SlowConsumerError } from '../kv/types.js'
import type { SelectionPredicate } from '../selection-predicate.js'
import type { CacheEvent } from './cache-event.js'

/** Objects of the initial state, and events of the past, looked at in one go. */
const SLICE = 500
/** Bytes of events that a reader by iteration gets in one turn. */
const TURN_BYTES = 256 * 1024

/** When watchers are to be told how far they have come. */
const bookmarkTimes = new TimerQueue()

/** What a watcher is to be told before what happens from now on. */
export interface WatchStart<T extends KubeObject> {
  /** Objects that exist, to be told as ADDED. */
  readonly initial?: Iterator<StoredObject<T>>
  /** Whether a bookmark says that these were all of them (KEP-3157), and the revision at which they stood. */
  readonly initialEventsEnd?: number
  /** What happened since the revision that the watcher knows. */
  readonly past?: readonly CacheEvent<T>[]
}

/**
 * One watch of a cache. What existed and what happened before is read from shared state at the pace of its reader; what
 * happens meanwhile and afterwards is kept for it, up to a limit.
 */
export class CacheWatcher<T extends KubeObject = KubeObject> implements EventSource<T>, Timed {
  onReadable: (() => void) | undefined
  /** Of the next bookmark. */
  dueAt = Number.POSITIVE_INFINITY
  #bookmarkIntervalMs = 0
  #initial: Iterator<StoredObject<T>> | undefined
  #initialEventsEnd: number | undefined
  #past: readonly CacheEvent<T>[]
  #pastAt = 0
  #pending: WatchEvent<T>[] = []
  #pendingBytes = 0
  #ended = false
  #error: unknown
  readonly #onAbort = (): void => this.cancel()

  constructor(
    private readonly ctx: Context,
    readonly predicate: SelectionPredicate,
    /** Changes up to this revision are known to the reader. */
    readonly after: number,
    { initial, initialEventsEnd, past = [] }: WatchStart<T>,
    /** Most events, and most bytes of them, kept for a reader who does not take them. */
    private readonly limits: { readonly events: number; readonly bytes: number },
    private readonly position: () => number,
    private readonly onEnd: (watcher: CacheWatcher<T>, error: unknown) => void,
  ) {
    this.#initial = initial
    this.#initialEventsEnd = initialEventsEnd
    this.#past = past
    if (isAborted(ctx)) {
      this.#drop()
      this.#ended = true
    } else onAbort(ctx, this.#onAbort)
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Takes a change that concerns this watcher. */
  push(event: WatchEvent<T>): void {
    const { events, bytes } = this.limits
    if (this.#pending.length >= events || this.#pendingBytes >= bytes) {
      this.fail(new SlowConsumerError(`a watch had more than ${events} events, or ${bytes} bytes, that nobody read`))
      return
    }
    this.#pending.push(event)
    this.#pendingBytes += sizeOf(event)
    this.onReadable?.()
  }

  requestBookmark(): void {
    const revision = this.position()
    // From a version of the future on nothing has happened yet that could be told.
    if (this.#ended || revision < this.after || this.#pending.at(-1)?.type === 'BOOKMARK') return
    this.push({ type: 'BOOKMARK', resourceVersion: String(revision), initialEventsEnd: false })
  }

  /** Asks for a bookmark every so often, until the watch ends. */
  requestBookmarks(everyMs: number): void {
    this.#bookmarkIntervalMs = everyMs
    this.dueAt = performance.now() + everyMs
    bookmarkTimes.add(this)
  }

  due(): void {
    this.requestBookmark()
    if (!this.#ended) this.requestBookmarks(this.#bookmarkIntervalMs)
  }

  take(maxBytes: number): TakenEvents<T> {
    if (this.#initial) return this.#judged((events) => this.#takeInitial(events, maxBytes))
    if (this.#initialEventsEnd !== undefined) return this.#takeInitialEnd()
    if (this.#pastAt < this.#past.length) return this.#judged((events) => this.#takePast(events, maxBytes))
    if (this.#pending.length > 0) return this.#takePending(maxBytes)
    if (!this.#ended) return NOTHING_NOW
    const error = this.#error
    this.#error = undefined
    if (error !== undefined) throw error
    return NOTHING_EVER
  }

  /** Ends the watch in peace; what was not taken is dropped. */
  cancel(): void {
    this.#drop()
    this.#finish(undefined)
  }

  /** Ends the watch with an error, after what was told before. A reader who was too slow hears nothing more. */
  fail(error: unknown): void {
    if (error instanceof SlowConsumerError) this.#drop()
    this.#finish(error)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<WatchEvent<T>> {
    try {
      for (;;) {
        const { events, next } = this.take(TURN_BYTES)
        yield* events
        if (next === 'end') return
        if (next === 'more') await new Promise((resolve) => setImmediate(resolve))
        else await this.#readable()
      }
    } finally {
      this.cancel()
    }
  }

  #readable(): Promise<void> {
    return new Promise((resolve) => {
      this.onReadable = () => {
        this.onReadable = undefined
        resolve()
      }
      if (this.#ended || this.#pending.length > 0) this.onReadable()
    })
  }

  /** Collects events that the selector has to judge. What it cannot judge ends the watch, after what it could. */
  #judged(collect: (events: WatchEvent<T>[]) => void): TakenEvents<T> {
    const events: WatchEvent<T>[] = []
    try {
      collect(events)
    } catch (err) {
      this.#drop()
      this.fail(err)
    }
    return { events, next: 'more' }
  }

  #takeInitial(events: WatchEvent<T>[], maxBytes: number): void {
    for (let looked = 0, bytes = 0; looked < SLICE && bytes < maxBytes; looked++) {
      const next = this.#initial!.next()
      if (next.done) {
        this.#initial = undefined
        break
      }
      if (!this.predicate.empty() && !this.predicate.matches(next.value)) continue
      events.push({ type: 'ADDED', object: next.value })
      bytes += next.value.size
    }
  }

  #takeInitialEnd(): TakenEvents<T> {
    const resourceVersion = String(this.#initialEventsEnd)
    this.#initialEventsEnd = undefined
    return { events: [{ type: 'BOOKMARK', resourceVersion, initialEventsEnd: true }], next: 'more' }
  }

  #takePast(events: WatchEvent<T>[], maxBytes: number): void {
    const end = Math.min(this.#past.length, this.#pastAt + SLICE)
    for (let bytes = 0; this.#pastAt < end && bytes < maxBytes; ) {
      const event = this.#past[this.#pastAt++]!.seenThrough(this.predicate)
      if (!event) continue
      events.push(event)
      bytes += sizeOf(event)
    }
    if (this.#pastAt === this.#past.length) {
      this.#past = []
      this.#pastAt = 0
    }
  }

  #takePending(maxBytes: number): TakenEvents<T> {
    const count = countUpTo(this.#pending, maxBytes)
    const events = count === this.#pending.length ? this.#pending : this.#pending.slice(0, count)
    this.#pending = count === this.#pending.length ? [] : this.#pending.slice(count)
    for (const event of events) this.#pendingBytes -= sizeOf(event)
    return { events, next: this.#pending.length > 0 || this.#ended ? 'more' : 'wait' }
  }

  #drop(): void {
    this.#initial = undefined
    this.#initialEventsEnd = undefined
    this.#past = []
    this.#pending = []
    this.#pendingBytes = 0
  }

  #finish(error: unknown): void {
    if (this.#ended) return
    this.#ended = true
    this.#error = error
    offAbort(this.ctx, this.#onAbort)
    bookmarkTimes.delete(this)
    this.onEnd(this, error)
    this.onReadable?.()
  }
}

const sizeOf = (event: WatchEvent): number => (event.type === 'BOOKMARK' ? 0 : event.object.size)

const NOTHING_NOW = { events: [], next: 'wait' } as const
const NOTHING_EVER = { events: [], next: 'end' } as const
