import type { Context } from '../../meta/context.js'

/**
 * The whole storage contract: a key-value store in which every write makes a new revision of everything.
 * Two implementations, `etcd()` and `lmdb()`, pass one shared suite (`test/storage/kv/contract.ts`).
 *
 * Revisions are positive safe integers, given out in order; 0 means "any" or "none". Keys are UTF-8 strings
 * in byte order. Values are immutable: neither side may write into a Buffer after handing it over.
 */
export interface RevisionedKV {
  /** Connects or opens; idempotent. Throws {@link KVError} when the store cannot be used at all. */
  open(ctx: Context): Promise<void>

  /** The value of one key, now or at `options.revision`, together with the store's revision at the time of reading. */
  get(ctx: Context, key: string, options?: { readonly revision?: number }): Promise<GetResult>

  /**
   * Keys that begin with `prefix`, in byte order, as they stood at one revision.
   * The read is linearizable when `revision` is 0 or absent: it sees every write acknowledged before it began.
   */
  range(ctx: Context, prefix: string, options?: RangeOptions): Promise<RangeResult>

  /** How many keys begin with `prefix`, and the store's revision. */
  count(ctx: Context, prefix: string): Promise<{ readonly count: number; readonly revision: number }>

  /** Writes a key that must not exist. */
  create(ctx: Context, key: string, value: Buffer, options?: WriteOptions): Promise<WriteResult>

  /** Replaces a key whose last write is `expected` (a revision, > 0). A key's lease is replaced by `options.lease`. */
  update(ctx: Context, key: string, value: Buffer, expected: number, options?: WriteOptions): Promise<WriteResult>

  /** Removes a key whose last write is `expected` (a revision, > 0). */
  delete(ctx: Context, key: string, expected: number): Promise<WriteResult>

  /**
   * Every change under `prefix` with a revision of `options.startRevision` or later (0: from now on), once, in order.
   * Survives lost connections without a gap or a repeat. Ends when `ctx.signal` aborts, or by throwing from the
   * iterator: {@link CompactedError} when history before `startRevision` is gone, {@link KVError} when the store is.
   * An iterator nobody reads from is bounded: after {@link WatchOptions.bufferLimit} undelivered events it throws
   * {@link SlowConsumerError}.
   */
  watch(ctx: Context, prefix: string, options: WatchOptions): KVWatch

  /** The revision of the newest acknowledged write of the whole store; linearizable. An empty store says 1 or more. */
  currentRevision(ctx: Context): Promise<number>

  /**
   * The same for those who ask all the time: the revision that a linearizable read which begins now must have seen, at once
   * where the store knows it, else from a check shared with everybody who asks before it is sent (Raft's ReadIndex).
   */
  readIndex(): number | Promise<number>

  /** Forgets history below `revision`. Reading or watching below it then throws {@link CompactedError}. Idempotent. */
  compact(ctx: Context, revision: number): Promise<void>

  /** The highest revision that was compacted away, 0 if none is known. */
  compactedRevision(): number

  /** A lease after whose end its keys are deleted by the store, all in one revision. `ttlSeconds` >= 1. */
  grantLease(ctx: Context, ttlSeconds: number): Promise<Lease>

  /** Releases everything: watches end, connections close, files are flushed and unlocked. Idempotent. */
  close(): Promise<void>
}

export interface KeyValue {
  readonly key: string
  readonly value: Buffer
  /** Revision of the write that created this key (this time). */
  readonly createRevision: number
  /** Revision of the key's last write. */
  readonly modRevision: number
  /** Id of the lease that holds the key, `''` if none. */
  readonly lease: string
}

export interface GetResult {
  readonly kv: KeyValue | undefined
  /** The store's revision when it answered; never below `kv.modRevision`. */
  readonly revision: number
}

export interface RangeOptions {
  /** Read as of this revision; 0 or absent = now. {@link CompactedError} below the compacted one, {@link FutureRevisionError} above the current one. */
  readonly revision?: number
  /** Begin at this key (inclusive) instead of at the prefix. Must begin with the prefix. */
  readonly start?: string
  /** At most so many; 0 or absent = all. */
  readonly limit?: number
}

export interface RangeResult {
  readonly items: readonly KeyValue[]
  /** The revision that the items show: the asked one, or the store's current one. */
  readonly revision: number
  /** Whether `limit` cut the range. */
  readonly more: boolean
  /** How many keys the range has in all, from `start` on, the limit disregarded. */
  readonly count: number
}

export interface WriteOptions {
  /** Id of a {@link Lease} that the key shall live with. */
  readonly lease?: string
}

/** The outcome of a compare-and-swap. `ok: false` means nothing was written; `current` is what stands there instead. */
export type WriteResult =
  | { readonly ok: true; readonly revision: number }
  | { readonly ok: false; readonly current: KeyValue | undefined; readonly revision: number }

export interface WatchOptions {
  /** First revision to deliver; 0 = changes after the moment the watch is established. */
  readonly startRevision: number
  /** Undelivered events after which the watch gives up. Default 10,000. */
  readonly bufferLimit?: number
  /** Whether events carry `prev`. Default true; who keeps the state knows it anyway. */
  readonly previous?: boolean
  /** Ask for `progress` batches (no events, only a revision) about this often, in milliseconds; 0 or absent = none. */
  readonly progressIntervalMs?: number
}

export interface KVEvent {
  readonly type: 'put' | 'delete'
  readonly key: string
  /** Revision of the change. */
  readonly revision: number
  /** The written pair; absent on delete. */
  readonly kv: KeyValue | undefined
  /** The pair as it stood before; absent on a key's creation, and where {@link WatchOptions.previous} is false. */
  readonly prev: KeyValue | undefined
}

/** All events of one or more whole revisions, never a part of one. An empty batch is a progress mark. */
export interface WatchBatch {
  readonly events: readonly KVEvent[]
  /** Everything up to and including this revision has been delivered. */
  readonly revision: number
}

export interface KVWatch extends AsyncIterable<WatchBatch> {
  /** Resolves once the store has taken the watch: events after `startRevision` (for 0: after the returned revision) will come. */
  readonly established: Promise<number>
  /**
   * Whether the store is there, and known to be the one whose changes were delivered. False from when the connection
   * breaks until a new one is known to lead to the same store; absent where there is no connection to break.
   */
  readonly connected?: boolean
  /**
   * Tells the watch of a change under its prefix that is known otherwise and was the newest there when the watch began, or
   * since: after a broken connection the store must still show it, as it must what the watch delivered last.
   */
  anchor?(newest: KVEvent): void
  /** Asks for a progress mark at the store's current revision, where the store can give one. */
  requestProgress(): void
  cancel(): void
}

export interface Lease {
  readonly id: string
  readonly ttlSeconds: number
}

/** Anything that went wrong in the store itself; `cause` is the driver's error. */
export class KVError extends Error {
  override readonly name: string = 'KVError'
}

/** The store did not answer (in time); nothing was written by this call. */
export class UnavailableError extends KVError {
  override readonly name = 'UnavailableError'
}

/** A write was sent and its fate is not known: it may or may not stand. Never retry blindly, never report it as refused. */
export class UnknownOutcomeError extends KVError {
  override readonly name = 'UnknownOutcomeError'
}

/** The asked revision is no longer kept. */
export class CompactedError extends KVError {
  override readonly name = 'CompactedError'
  constructor(
    readonly requested: number,
    readonly compacted: number,
  ) {
    super(`revision ${requested} has been compacted (history begins after ${compacted})`)
  }
}

/** The asked revision has not happened yet. */
export class FutureRevisionError extends KVError {
  override readonly name = 'FutureRevisionError'
  /** @param asked what the client's text was, where no number holds it exactly */
  constructor(
    readonly requested: number,
    readonly current: number,
    asked = String(requested),
  ) {
    super(`revision ${asked} is in the future (the store is at ${current})`)
  }
}

/** The store is not the one it was: it was put back to an older state, and what was seen of it need not be true any more. */
export class ReplacedError extends KVError {
  override readonly name = 'ReplacedError'
}

/** The store has no room (disk or map full, etcd's quota); reads go on. */
export class NoSpaceError extends KVError {
  override readonly name = 'NoSpaceError'
  /** Whether the write may stand all the same: etcd says this also of the one with which its quota was used up. */
  readonly mayBeWritten: boolean

  constructor(message: string, { mayBeWritten = false, ...options }: ErrorOptions & { mayBeWritten?: boolean } = {}) {
    super(message, options)
    this.mayBeWritten = mayBeWritten
  }
}

/** The value is larger than the store takes. */
export class TooLargeError extends KVError {
  override readonly name = 'TooLargeError'
}

/** A watcher fell too far behind and was ended. */
export class SlowConsumerError extends KVError {
  override readonly name = 'SlowConsumerError'
}

/** The store is closed, or held by another process. */
export class ClosedError extends KVError {
  override readonly name = 'ClosedError'
}
