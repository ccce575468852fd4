// What clients did and saw, in one clock's milliseconds. A checker needs nothing but this and the store's own events.

/** An object as somebody saw it: every write has a value of its own, so a value names the write that made it. */
export interface Seen {
  /** `namespace/name` */
  readonly key: string
  readonly rev: number
  readonly value: string
  readonly label: string
}

/** Which objects a list or a watch is about; absent = all. */
export interface Selection {
  readonly namespace?: string
  readonly label?: string
  readonly name?: string
}

interface Timed {
  readonly id: number
  /** Number of the server process that was asked. */
  readonly server: number
  readonly invoked: number
  /** Infinity where no answer came: what was asked for may happen at any later time, or never. */
  readonly returned: number
}

export type WriteVerb = 'create' | 'update' | 'patch' | 'delete'

/** Why a write was not made. */
export type Refusal = 'exists' | 'conflict' | 'not-found' | 'other'

export type WriteOutcome =
  /** A delete's answer tells no revision. */
  | { readonly type: 'done'; readonly seen?: Seen }
  | { readonly type: 'refused'; readonly why: Refusal }
  | { readonly type: 'unknown'; readonly why: string }

export interface Write extends Timed {
  readonly kind: 'write'
  readonly verb: WriteVerb
  readonly key: string
  /** `''` for a delete. */
  readonly value: string
  /** Absent: the label stays as it was (a patch that does not name it). */
  readonly label?: string
  /** The resourceVersion that must stand there; absent = whichever does. */
  readonly expected?: number
  readonly outcome: WriteOutcome
}

/** How fresh an answer has to be. */
export type Freshness =
  /** As fresh as any acknowledged write (no resourceVersion). */
  | { readonly type: 'latest' }
  /** resourceVersion=0 */
  | { readonly type: 'any' }
  | { readonly type: 'not-older'; readonly rev: number }
  | { readonly type: 'exact'; readonly rev: number }

/** A get that was answered. */
export interface Get extends Timed {
  readonly kind: 'get'
  readonly key: string
  readonly freshness: Freshness
  /** Absent: there is no such object. */
  readonly found?: Seen
}

export interface Page {
  readonly rev: number
  readonly items: readonly Seen[]
}

/** A list that was answered, in one page or several. */
export interface List extends Timed {
  readonly kind: 'list'
  readonly selection: Selection
  readonly freshness: Freshness
  /** 0 = none. */
  readonly limit: number
  readonly pages: readonly Page[]
  /** Whether the last page came: pages after the first may be refused or lost. */
  readonly complete: boolean
  /** Whether a page was refused as expired. */
  readonly expired: boolean
}

export interface WatchedEvent {
  readonly at: number
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  readonly rev: number
  /** Absent on bookmarks. */
  readonly object?: Seen
  /** A bookmark that says that the initial state is complete. */
  readonly initialEnd?: boolean
}

export type WatchEnd =
  /** Still delivering when the run was over. */
  | 'open'
  /** Told 410, by status or by an ERROR event. */
  | 'expired'
  /** Another ERROR event. */
  | 'error'
  /** The server ended the answer. */
  | 'closed'
  /** The connection broke. */
  | 'lost'
  /** The client went away. */
  | 'cancelled'

export interface Watch extends Timed {
  readonly kind: 'watch'
  readonly selection: Selection
  /** `initial`: state first, then changes. `changes`: what comes after {@link from}. */
  readonly mode: 'initial' | 'changes'
  /** How fresh the initial state must be. */
  readonly freshness: Freshness
  /** Whether a bookmark ends the initial state. */
  readonly watchList: boolean
  /** For `changes`. */
  readonly from: number
  readonly events: readonly WatchedEvent[]
  readonly end: WatchEnd
}

export type Operation = Write | Get | List | Watch

/** One change of the store, from the store itself. */
export interface StoreEvent {
  readonly type: 'put' | 'delete'
  readonly rev: number
  readonly key: string
  /** `''` for deletes. */
  readonly value: string
  readonly label: string
}

/** What happened while a store was one store: putting back a snapshot begins the next. */
export interface History {
  /** Every change up to the end, those before {@link base} too, by revision. */
  readonly store: readonly StoreEvent[]
  /** The store's revision when the first operation began. */
  readonly base: number
  /** The highest revision that may have been compacted. */
  readonly compacted: number
  /** Watches that were open at the end were given the time to deliver everything up to here. */
  readonly settled: number
  readonly operations: readonly Operation[]
}

/** The revision that an operation is proof of; 0 = none. */
export function revisionSeen(operation: Operation): number {
  switch (operation.kind) {
    case 'write':
      return operation.outcome.type === 'done' ? (operation.outcome.seen?.rev ?? 0) : 0
    case 'get':
      return operation.found?.rev ?? 0
    case 'list':
      return Math.max(0, ...operation.pages.map(({ rev }) => rev))
    case 'watch':
      return 0
  }
}

/** Whether an object is one of those selected. */
export function selects({ namespace, label, name }: Selection, seen: { key: string; label: string }): boolean {
  const slash = seen.key.indexOf('/')
  if (namespace !== undefined && namespace !== seen.key.slice(0, slash)) return false
  if (name !== undefined && name !== seen.key.slice(slash + 1)) return false
  return label === undefined || label === seen.label
}
