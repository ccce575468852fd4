import { type Seen, type Selection, type StoreEvent, selects } from '../history.js'

/** A change as a watcher with a selection has to see it. */
export interface ExpectedEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly rev: number
  readonly object: Seen
}

/** What stood in the store at every revision, from the store's own events. */
export class Timeline {
  readonly #byKey = new Map<string, StoreEvent[]>()
  readonly #expected = new Map<string, readonly ExpectedEvent[]>()
  /** The newest revision. */
  readonly end: number

  constructor(readonly events: readonly StoreEvent[]) {
    for (const event of events) {
      const list = this.#byKey.get(event.key)
      if (list) list.push(event)
      else this.#byKey.set(event.key, [event])
    }
    this.end = events.at(-1)?.rev ?? 0
  }

  keys(): IterableIterator<string> {
    return this.#byKey.keys()
  }

  ofKey(key: string): readonly StoreEvent[] {
    return this.#byKey.get(key) ?? []
  }

  /** What stood under a key at a revision. */
  at(key: string, rev: number): Seen | undefined {
    const events = this.ofKey(key)
    const event = events[countUpTo(events, rev) - 1]
    return event?.type === 'put' ? event : undefined
  }

  /** The first change of a key after a revision. */
  next(key: string, rev: number): StoreEvent | undefined {
    const events = this.ofKey(key)
    return events[countUpTo(events, rev)]
  }

  /** Whether this object was ever there. */
  has({ key, rev, value, label }: Seen): boolean {
    const found = this.at(key, rev)
    return found?.rev === rev && found.value === value && found.label === label
  }

  /** The selected objects at a revision, by key. */
  cut(selection: Selection, rev: number): Map<string, Seen> {
    const found = new Map<string, Seen>()
    for (const key of [...this.#byKey.keys()].sort(byBytes)) {
      const object = this.at(key, rev)
      if (object && selects(selection, object)) found.set(key, object)
    }
    return found
  }

  /** Everything that a watch with this selection delivers: objects come into view and go out of it. */
  expected(selection: Selection): readonly ExpectedEvent[] {
    const id = JSON.stringify([selection.namespace, selection.name, selection.label])
    let events = this.#expected.get(id)
    if (!events) {
      events = [...transitions(this.events, selection)]
      this.#expected.set(id, events)
    }
    return events
  }
}

function* transitions(events: readonly StoreEvent[], selection: Selection): Generator<ExpectedEvent> {
  const standing = new Map<string, Seen>()
  for (const event of events) {
    const before = standing.get(event.key)
    const wasSeen = before !== undefined && selects(selection, before)
    if (event.type === 'put') standing.set(event.key, event)
    else standing.delete(event.key)
    const { rev } = event
    if (event.type === 'put' && selects(selection, event))
      yield { type: wasSeen ? 'MODIFIED' : 'ADDED', rev, object: event }
    // An object that goes is shown as it was, with the revision of its going.
    else if (wasSeen) yield { type: 'DELETED', rev, object: { ...before, rev } }
  }
}

/** How many events, of some by revision, have this revision or an older one. */
export function countUpTo(events: readonly { readonly rev: number }[], rev: number): number {
  let low = 0
  let high = events.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (events[middle]!.rev <= rev) low = middle + 1
    else high = middle
  }
  return low
}

/** The order of keys in the store. Names here are ASCII, whose bytes are in the order of their code units. */
export const byBytes = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
