import type { IEvent } from 'etcd3'
import { CompactedError, type KVEvent, type WatchBatch } from '../types.js'
import { parseKeyValue, parseRevision } from './messages.js'

/**
 * Makes batches of whole revisions out of a stream's answers, and knows how far the watch has come. With `fragment`, etcd
 * may cut an answer anywhere: the newest revision of a fragment is held back until it is known to be whole.
 * @internal
 */
export class EventAssembler {
  private held: KVEvent[] = []

  /**
   * @param delivered - the revision up to which everything counts as delivered
   * @param previous - whether events were asked for with what stood there before
   */
  constructor(
    public delivered: number,
    private readonly previous: boolean = true,
  ) {}

  /** The events of one answer; `fragment` says that the next one goes on with it. */
  add(events: readonly IEvent[], fragment: boolean): WatchBatch | undefined {
    const all = this.held
    this.held = []
    for (const event of events) {
      const revision = parseRevision(event.kv.mod_revision)
      // A stream that is taken up again begins at a revision that was delivered, and a member that lags behind may tell
      // of older ones still.
      if (revision > this.delivered) all.push(toEvent(event, revision, this.previous))
    }
    if (fragment) this.held = splitNewest(all)
    const last = all.at(-1)
    if (last === undefined) return undefined
    this.delivered = last.revision
    return { events: all, revision: last.revision }
  }

  /** The server says that everything up to `revision` was sent. Says whether that moves the watch on, or confirms it. */
  progress(revision: number): boolean {
    if (revision < this.delivered || this.held.length > 0) return false
    this.delivered = revision
    return true
  }

  /** Forgets the part of an answer that came before its stream broke. */
  reset(): void {
    this.held = []
  }
}

/** Removes the events of the newest revision from the end of `events` and returns them. */
function splitNewest(events: KVEvent[]): KVEvent[] {
  const newest = events.at(-1)?.revision
  const first = events.findIndex((event) => event.revision === newest)
  return first < 0 ? [] : events.splice(first)
}

function toEvent(event: IEvent, revision: number, previous: boolean): KVEvent {
  const prev = event.prev_kv ? parseKeyValue(event.prev_kv) : undefined
  if (event.type === 'Delete') {
    if (previous && !prev) throw lostPrevious(revision)
    return { type: 'delete', key: event.kv.key.toString('utf8'), revision, kv: undefined, prev }
  }
  const kv = parseKeyValue(event.kv)
  if (previous && !prev && kv.createRevision !== revision) throw lostPrevious(revision)
  return { type: 'put', key: kv.key, revision, kv, prev }
}

/** etcd leaves the previous pair out when a compaction was faster than the watch. */
function lostPrevious(revision: number): CompactedError {
  return new CompactedError(revision - 1, revision - 1)
}
