import { SlowConsumerError, type WatchBatch } from '../types.js'

/** Bytes of undelivered values above which no more are read from the connection. */
const MAX_BYTES = 32 * 1024 * 1024

interface Queued {
  readonly batch: WatchBatch
  readonly bytes: number
  readonly live: boolean
}

/** What a watch has received and nobody has read yet. @internal */
export class BatchQueue implements AsyncIterator<WatchBatch, undefined> {
  private queued: Queued[] = []
  private readers: { resolve(result: IteratorResult<WatchBatch, undefined>): void; reject(error: unknown): void }[] = []
  private events = 0
  private liveEvents = 0
  private bytes = 0
  private ending: { readonly error: unknown } | undefined
  private ended = false

  /**
   * @param limit - undelivered events at which the queue is full
   * @param onRoom - called after a read when the queue is no longer full
   * @param onReturn - called when the reader leaves its loop
   */
  constructor(
    private readonly limit: number,
    private readonly onRoom: () => void,
    private readonly onReturn: () => void,
  ) {}

  /** Whether reading from the connection should pause: etcd sends history no faster than it is taken. */
  get isFull(): boolean {
    return this.events - this.liveEvents >= this.limit || this.bytes >= MAX_BYTES
  }

  /**
   * Appends a batch. Says whether it fits: live events above the limit do not. History always does, since nobody can have
   * kept up with what was there before.
   */
  push(batch: WatchBatch, live: boolean): boolean {
    if (this.ending || this.ended) return true
    const reader = this.readers.shift()
    if (reader) {
      reader.resolve({ done: false, value: batch })
      return true
    }
    const last = this.queued.at(-1)
    if (batch.events.length === 0 && last?.batch.events.length === 0) this.queued.pop()
    const entry = { batch, bytes: sizeOf(batch), live }
    this.queued.push(entry)
    this.count(entry, 1)
    return this.liveEvents <= this.limit
  }

  /** Ends the iteration in peace; what was not read is dropped. */
  end(): void {
    if (this.ended) return
    this.ended = true
    this.clear()
    for (const reader of this.readers.splice(0)) reader.resolve({ done: true, value: undefined })
  }

  /** Ends the iteration with an error, after what was received before. A reader who was too slow finds nothing more. */
  fail(error: unknown): void {
    if (this.ending || this.ended) return
    if (error instanceof SlowConsumerError) this.clear()
    const reader = this.readers.shift()
    if (!reader) {
      this.ending = { error }
      return
    }
    this.ended = true
    reader.reject(error)
    for (const other of this.readers.splice(0)) other.resolve({ done: true, value: undefined })
  }

  next(): Promise<IteratorResult<WatchBatch, undefined>> {
    const entry = this.queued.shift()
    if (entry) {
      this.count(entry, -1)
      if (!this.isFull) this.onRoom()
      return Promise.resolve({ done: false, value: entry.batch })
    }
    if (this.ending && !this.ended) {
      this.ended = true
      return Promise.reject(this.ending.error)
    }
    if (this.ended) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve, reject) => {
      this.readers.push({ resolve, reject })
    })
  }

  return(): Promise<IteratorResult<WatchBatch, undefined>> {
    this.onReturn()
    this.end()
    return Promise.resolve({ done: true, value: undefined })
  }

  private count(entry: Queued, sign: 1 | -1): void {
    const { length } = entry.batch.events
    this.events += sign * length
    if (entry.live) this.liveEvents += sign * length
    this.bytes += sign * entry.bytes
  }

  private clear(): void {
    this.queued = []
    this.events = this.liveEvents = this.bytes = 0
  }
}

function sizeOf(batch: WatchBatch): number {
  let bytes = 0
  for (const { kv, prev } of batch.events) bytes += (kv?.value.length ?? 0) + (prev?.value.length ?? 0)
  return bytes
}
