import type { Context } from '../../../meta/context.js'
import { KVError, type KVEvent, type KVWatch, SlowConsumerError, type WatchBatch, type WatchOptions } from '../types.js'

/** What a watch needs of the store. */
export interface WatchSource {
  /** The newest acknowledged revision. */
  visible(): number
  /** Why a watch from this revision cannot be, if so. */
  refusal(from: number): Error | undefined
  history(prefix: string, from: number, to: number): WatchBatch
}

const DEFAULT_BUFFER_LIMIT = 10_000
const MIN_PROGRESS_MS = 10

const DONE: IteratorResult<WatchBatch> = { done: true, value: undefined }
const nextTick = () => new Promise((resolve) => setImmediate(resolve))

/**
 * One watcher. It begins by pulling history from disk, as fast as its reader reads; the moment it has read up to the
 * newest revision it is live, in the same tick, so nothing can fall between or come twice. Live events are pushed
 * into its buffer.
 */
export class Watch implements KVWatch, AsyncIterator<WatchBatch> {
  readonly established: Promise<number>
  #live = false
  /** The first revision not yet read (history) or wanted (live). */
  #from: number
  #buffer: WatchBatch[] = []
  #buffered = 0
  #ended = false
  #error: Error | undefined
  #markWanted = false
  #waiting: { resolve: () => void } | undefined
  #turn: Promise<unknown> = Promise.resolve()
  readonly #limit: number
  readonly #timer: NodeJS.Timeout | undefined
  readonly #onAbort = () => this.cancel()

  constructor(
    private readonly source: WatchSource,
    private readonly ctx: Context,
    private readonly prefix: string,
    options: WatchOptions,
    private readonly onEnd: (watch: Watch) => void,
  ) {
    const visible = source.visible()
    this.#from = options.startRevision || visible + 1
    this.#limit = options.bufferLimit ?? DEFAULT_BUFFER_LIMIT
    this.#live = this.#from > visible
    const refusal = this.#isRevision()
      ? source.refusal(this.#from)
      : new KVError(`${options.startRevision} is not a revision`)
    if (refusal !== undefined) this.end(refusal)
    this.established = refusal === undefined ? Promise.resolve(visible) : Promise.reject(refusal)
    // Whoever reads the events learns of it there.
    this.established.catch(() => {})
    if (ctx.signal.aborted) this.cancel()
    if (this.#ended) return
    ctx.signal.addEventListener('abort', this.#onAbort, { once: true })
    if (options.progressIntervalMs) {
      this.#timer = setInterval(() => this.requestProgress(), Math.max(MIN_PROGRESS_MS, options.progressIntervalMs))
      this.#timer.unref()
    }
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Takes the events of whole revisions up to `revision`, as they become visible. */
  push(all: readonly KVEvent[], revision: number): void {
    if (!this.#live) return
    const events = all.filter((event) => event.key.startsWith(this.prefix) && event.revision >= this.#from)
    if (events.length === 0) return
    if (this.#buffered + events.length > this.#limit) {
      this.end(new SlowConsumerError(`a watch of ${this.prefix} had more than ${this.#limit} events nobody read`))
      return
    }
    this.#enqueue({ events, revision })
  }

  requestProgress(): void {
    if (!this.#live) {
      this.#markWanted = true
      return
    }
    const mark: WatchBatch = { events: [], revision: this.source.visible() }
    if (this.#buffer.at(-1)?.events.length === 0) this.#buffer.pop()
    this.#enqueue(mark)
  }

  cancel(): void {
    this.end(undefined)
  }

  /** Ends the watch; with an error, the reader gets what was buffered before, then the error. */
  end(error: Error | undefined): void {
    if (this.#ended) return
    this.#ended = true
    this.#error = error
    if (error === undefined) this.#buffer = []
    clearInterval(this.#timer)
    this.ctx.signal.removeEventListener('abort', this.#onAbort)
    this.onEnd(this)
    this.#waiting?.resolve()
  }

  [Symbol.asyncIterator](): AsyncIterator<WatchBatch> {
    return this
  }

  /** Calls may overlap: each waits for those before. */
  next(): Promise<IteratorResult<WatchBatch>> {
    const result = this.#turn.then(() => this.#next())
    this.#turn = result.catch(() => {})
    return result
  }

  async return(): Promise<IteratorResult<WatchBatch>> {
    this.cancel()
    return DONE
  }

  #isRevision(): boolean {
    return Number.isSafeInteger(this.#from) && this.#from > 0
  }

  #enqueue(batch: WatchBatch): void {
    this.#buffer.push(batch)
    this.#buffered += batch.events.length
    this.#waiting?.resolve()
  }

  async #next(): Promise<IteratorResult<WatchBatch>> {
    for (;;) {
      const buffered = this.#take()
      if (buffered !== undefined) return buffered
      if (this.#live) {
        await new Promise<void>((resolve) => {
          this.#waiting = { resolve }
        })
        this.#waiting = undefined
      } else {
        // History is read at the pace of its reader, with room for others between two slices.
        await nextTick()
        this.#readHistory()
      }
    }
  }

  #take(): IteratorResult<WatchBatch> | undefined {
    const batch = this.#buffer.shift()
    if (batch !== undefined) {
      this.#buffered -= batch.events.length
      return { done: false, value: batch }
    }
    if (!this.#ended) return undefined
    const error = this.#error
    this.#error = undefined
    if (error !== undefined) throw error
    return DONE
  }

  #readHistory(): void {
    if (this.#ended) return
    try {
      const visible = this.source.visible()
      const batch = this.source.history(this.prefix, this.#from, visible)
      this.#from = batch.revision + 1
      this.#live = batch.revision >= visible
      if (batch.events.length > 0 || (this.#live && this.#markWanted)) this.#enqueue(batch)
    } catch (error) {
      this.end(error instanceof Error ? error : new KVError(String(error)))
    }
  }
}
