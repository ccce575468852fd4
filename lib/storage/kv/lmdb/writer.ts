import {
  ClosedError,
  type KeyValue,
  KVError,
  type KVEvent,
  NoSpaceError,
  UnknownOutcomeError,
  type WriteResult,
} from '../types.js'
import { Batch, type Change, deleteEvent, lost, putEvent, type SideWrite, won } from './batch.js'
import { driverReason, toKVError } from './errors.js'
import { commit, lastRevision, type Tables, usedBytes } from './tables.js'

/** A disk with less left, beside twice the batch, is taken to be the reason for a failed write. */
const FULL_BELOW = 1024 * 1024

/** A key with writes under way. */
interface Dirty {
  /** As readers see it: the state at the acknowledged revision. */
  base: KeyValue | undefined
  /** As the next writer meets it. */
  head: KeyValue | undefined
  /** Revision of the newest write under way. */
  last: number
}

/** How much may be written. */
export interface Room {
  /** Bytes that the pages in use may take, 0 = any number. */
  readonly maxBytes: number
  /** Bytes that the disk has left. */
  freeBytes(): Promise<number>
}

/** Who wants to know of changes as they become visible, and of a failed batch. */
export interface WriterListener {
  /** Called when `changes` are on the disk, before their writers are answered. */
  onVisible(changes: readonly Change[], revision: number): void
  /** Called at once when a write is admitted. */
  onAdmitted(event: KVEvent): void
  /** Called when everything under way was dropped: what was noted since must be read from disk again. */
  onDropped(): void
  /** Called when the store cannot go on. */
  onBroken(error: KVError): void
}

/**
 * The one writer. Gives out revisions and checks compare-and-swap in call order, against the disk and the writes
 * under way, then flushes batch after batch. A revision is visible from the moment its batch is on the disk.
 */
export class Writer {
  /** The newest acknowledged revision. */
  visible: number
  readonly dirty = new Map<string, Dirty>()
  #assigned: number
  #queue: Batch[] = []
  #running: Promise<void> | undefined
  #refusal: KVError | undefined

  constructor(
    private readonly tables: Tables,
    private readonly listener: WriterListener,
    private readonly room: Room,
  ) {
    this.visible = lastRevision(tables)
    this.#assigned = this.visible
  }

  create(key: string, value: Buffer, lease: string): WriteResult | Promise<WriteResult> {
    const head = this.#head(key)
    if (head !== undefined) return this.#lose(key, head)
    return this.#win([putEvent(key, value, lease, this.#assigned + 1)])
  }

  update(key: string, value: Buffer, expected: number, lease: string): WriteResult | Promise<WriteResult> {
    const head = this.#head(key)
    if (head?.modRevision !== expected) return this.#lose(key, head)
    return this.#win([putEvent(key, value, lease, this.#assigned + 1, head)])
  }

  delete(key: string, expected: number): WriteResult | Promise<WriteResult> {
    const head = this.#head(key)
    if (head === undefined || head.modRevision !== expected) return this.#lose(key, head)
    return this.#win([deleteEvent(this.#assigned + 1, head)])
  }

  /** Deletes those of `keys` that a lease still holds, in one revision, and writes `side` with it. */
  async expire(keys: Iterable<string>, lease: string, side: SideWrite): Promise<void> {
    const revision = this.#assigned + 1
    const events: KVEvent[] = []
    for (const key of keys) {
      const head = this.#head(key)
      if (head?.lease === lease) events.push(deleteEvent(revision, head))
    }
    this.#open().addSide(side)
    if (events.length > 0) await this.#win(events)
    else await this.#open().wait(won)
  }

  /** Writes beside the revisions; resolves when it is on the disk. */
  async writeSide(side: SideWrite): Promise<void> {
    const batch = this.#open()
    batch.addSide(side)
    await batch.wait(won)
  }

  /** Refuses growth when the store has no room by its own limit. */
  checkRoom(bytes: number): void {
    if (this.room.maxBytes === 0) return
    const waiting = this.#queue.reduce((sum, batch) => sum + batch.bytes, 0)
    const used = usedBytes(this.tables) + waiting + bytes
    if (used > this.room.maxBytes) throw new NoSpaceError(`the store is full: ${used} of ${this.room.maxBytes} bytes`)
  }

  /** Ends the writer after everything under way. */
  async close(): Promise<void> {
    this.#refusal ??= new ClosedError('the store is closed')
    while (this.#running !== undefined) await this.#running
  }

  #head(key: string): KeyValue | undefined {
    const dirty = this.dirty.get(key)
    if (dirty !== undefined) return dirty.head
    const kv = this.tables.latest.get(key)
    if (kv !== undefined) kv.key = key
    return kv
  }

  /** The loser of a race with a write under way is answered when that write is safe, and fails with it. */
  #lose(key: string, head: KeyValue | undefined): WriteResult | Promise<WriteResult> {
    if (this.#refusal !== undefined) throw this.#refusal
    if (!this.dirty.has(key)) return lost(head, this.visible)
    return this.#open().wait((revision) => lost(head, revision))
  }

  #win(events: readonly KVEvent[]): Promise<WriteResult> {
    const batch = this.#open()
    const revision = ++this.#assigned
    batch.addChange({ revision, events })
    for (const event of events) {
      const dirty = this.dirty.get(event.key)
      if (dirty === undefined) this.dirty.set(event.key, { base: event.prev, head: event.kv, last: revision })
      else Object.assign(dirty, { head: event.kv, last: revision })
      this.listener.onAdmitted(event)
    }
    return batch.wait(() => won(revision))
  }

  /** The batch that takes the next write. Its flush begins in a moment, so that writes of one moment go together. */
  #open(): Batch {
    if (this.#refusal !== undefined) throw this.#refusal
    let batch = this.#queue.at(-1)
    if (batch === undefined || batch.full) {
      batch = new Batch()
      this.#queue.push(batch)
    }
    this.#running ??= this.#run()
    return batch
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      await new Promise((resolve) => setImmediate(resolve))
      const batch = this.#queue.shift()!
      try {
        if (!batch.idle) await commit(this.tables, () => batch.write(this.tables))
        this.#acknowledge(batch)
      } catch (error) {
        this.#drop(batch, await this.#explain(error, batch.bytes))
      }
    }
    this.#running = undefined
  }

  /** The driver reports a write that fits in part as an I/O error, so the disk is asked too. */
  async #explain(error: unknown, bytes: number): Promise<KVError> {
    const reason = toKVError(await driverReason(error), 'the store could not write')
    if (reason instanceof NoSpaceError || (await this.room.freeBytes()) > FULL_BELOW + 2 * bytes) return reason
    return new NoSpaceError(`the disk is full (${reason.message})`, { cause: error })
  }

  #acknowledge(batch: Batch): void {
    this.visible = batch.changes.at(-1)?.revision ?? this.visible
    for (const { revision, events } of batch.changes) {
      for (const event of events) {
        const dirty = this.dirty.get(event.key)!
        if (dirty.last === revision) this.dirty.delete(event.key)
        else dirty.base = event.kv
      }
    }
    this.listener.onVisible(batch.changes, this.visible)
    batch.settle(this.visible)
  }

  /** Everything behind a failed batch was checked against it, so all of it fails; the disk says what stands. */
  #drop(failed: Batch, error: KVError): void {
    const behind = this.#queue
    this.#queue = []
    this.dirty.clear()
    this.#assigned = this.visible
    this.tables.env.resetReadTxn()
    const fate = this.#readBack(error)
    failed.reject(fate)
    for (const batch of behind) batch.reject(error)
    this.listener.onDropped()
    if (fate !== error) {
      this.#refusal = new KVError('the disk failed under a write, reopen the store', { cause: error })
      this.listener.onBroken(this.#refusal)
    }
  }

  /** A batch that failed and stands nevertheless is not known to be safe: nothing may be built on it. */
  #readBack(error: KVError): KVError {
    try {
      if (lastRevision(this.tables) === this.visible) return error
    } catch {
      // Unreadable: just as unknown.
    }
    return new UnknownOutcomeError('the write may or may not be on the disk', { cause: error })
  }
}
