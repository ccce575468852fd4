import type { Context } from '../meta/context.js'
import type { KubeObject } from '../meta/types.js'
import type { StoredObject } from '../runtime/stored-object.js'
import type { SelectionPredicate } from './selection-predicate.js'
import type { Versioner } from './versioner.js'

/**
 * Kubernetes' `storage.Interface`: objects under keys, with optimistic concurrency and watches.
 * Keys are paths below the store's prefix, e.g. `/wardle.example.com/flunders/default/a`.
 * All methods throw `StorageError` for what the caller must expect, and let `KVError`s of the store through.
 */
export interface Interface<T extends KubeObject = KubeObject> {
  readonly versioner: Versioner

  /** Writes a new object. `ttlSeconds` > 0 lets it expire. The given object is not changed. */
  create(ctx: Context, key: string, object: T, ttlSeconds?: number): Promise<StoredObject<T>>

  get(ctx: Context, key: string, options?: GetOptions): Promise<StoredObject<T>>

  getList(ctx: Context, key: string, options: ListOptions): Promise<StoredList<T>>

  /** Changes under `key`, filtered and turned by the predicate as informers expect. Ends with `ctx.signal`. */
  watch(ctx: Context, key: string, options: WatchOptions): Promise<AsyncIterable<WatchEvent<T>>>

  /**
   * Removes an object if the preconditions and `validate` (called with what is stored) allow it; gives back its last state.
   *
   * @param cached what may still stand there: saves a read when it does
   */
  delete(
    ctx: Context,
    key: string,
    preconditions?: Preconditions,
    validate?: (object: T) => Promise<void> | void,
    cached?: StoredObject<T>,
  ): Promise<StoredObject<T>>

  /**
   * Reads, lets `tryUpdate` make the new state, writes if nothing came between, else begins again.
   * When the new state encodes to the same bytes nothing is written and the stored object comes back.
   */
  guaranteedUpdate(ctx: Context, key: string, options: UpdateOptions<T>): Promise<StoredObject<T>>

  /** How many objects are stored under `key`. */
  count(ctx: Context, key: string): Promise<number>
}

export interface GetOptions {
  /** `''` = the newest, `'0'` = any, else not older than this. */
  readonly resourceVersion?: string
}

export type ResourceVersionMatch = '' | 'Exact' | 'NotOlderThan'

export interface ListOptions {
  readonly resourceVersion?: string
  readonly resourceVersionMatch?: ResourceVersionMatch
  readonly predicate: SelectionPredicate
  /** Everything below `key` (true), or the object at `key` alone. */
  readonly recursive: boolean
}

export interface StoredList<T extends KubeObject = KubeObject> {
  readonly items: readonly StoredObject<T>[]
  readonly resourceVersion: string
  readonly continue: string
  readonly remainingItemCount: number | undefined
}

export interface WatchOptions {
  /** `''` or `'0'` = what exists as ADDED first, else what came after this. */
  readonly resourceVersion?: string
  readonly predicate: SelectionPredicate
  readonly recursive: boolean
  /** Send BOOKMARK events about every so many milliseconds; absent = none. */
  readonly bookmarkIntervalMs?: number
  /** Watch-list: existing objects first, then one bookmark that says so (KEP-3157). */
  readonly sendInitialEvents?: boolean
}

export type WatchEvent<T extends KubeObject = KubeObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: StoredObject<T> }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string; readonly initialEventsEnd: boolean }

/**
 * A watch whose events can be taken many at a time, without a promise for each: what fans out to thousands of readers. For
 * one reader, in one of the two ways.
 */
export interface EventSource<T extends KubeObject = KubeObject> extends AsyncIterable<WatchEvent<T>> {
  /**
   * Takes what is there now: events of about so many bytes together, one at least.
   *
   * @throws what ended the watch, once everything before it has been taken
   */
  take(maxBytes: number): TakenEvents<T>
  /** Called when there is something to take again, or the watch has ended. */
  onReadable: (() => void) | undefined
  /** Asks for a BOOKMARK of how far the watch has come, where the storage knows. */
  readonly requestBookmark?: (() => void) | undefined
  cancel(): void
}

export interface TakenEvents<T extends KubeObject = KubeObject> {
  readonly events: readonly WatchEvent<T>[]
  /** `more`: there is more now. `wait`: until {@link EventSource.onReadable}. `end`: nothing will come any more. */
  readonly next: 'more' | 'wait' | 'end'
}

/** How many events, from the first on, have about `maxBytes` bytes together; one at least, when there is one. */
export function countUpTo(events: readonly WatchEvent[], maxBytes: number): number {
  let bytes = 0
  for (let i = 0; i < events.length; i++) {
    const event = events[i]!
    bytes += event.type === 'BOOKMARK' ? 0 : event.object.size
    if (bytes >= maxBytes) return i + 1
  }
  return events.length
}

export const isEventSource = <T extends KubeObject>(events: AsyncIterable<WatchEvent<T>>): events is EventSource<T> =>
  'take' in events && 'onReadable' in events

export interface Preconditions {
  readonly uid?: string
  readonly resourceVersion?: string
}

export interface UpdateOptions<T extends KubeObject> {
  /** Let `tryUpdate` see undefined for a missing object (and create it) instead of failing with KeyNotFound. */
  readonly ignoreNotFound?: boolean
  readonly preconditions?: Preconditions
  /** What may still stand there: saves a read when it does. */
  readonly cached?: StoredObject<T> | undefined
  /** Makes the new state. What it is given is shared: copy before changing. May be called several times. */
  tryUpdate(existing: StoredObject<T> | undefined): Promise<UpdateResult<T>> | UpdateResult<T>
}

export interface UpdateResult<T extends KubeObject> {
  readonly object: T
  /** Seconds after which the object expires; absent = never. */
  readonly ttlSeconds?: number
}
