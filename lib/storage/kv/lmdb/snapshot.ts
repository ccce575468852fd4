import { compareKeys } from '../compare-keys.js'
import type { KeyValue } from '../types.js'
import { escapeKey } from './codec.js'
import type { Tables } from './tables.js'
import type { Writer } from './writer.js'

/** Keys from `start` on that begin with `prefix`. */
export interface Bounds {
  readonly prefix: string
  readonly start: string
  /** The first bytes after the prefix, and after the prefix as the superseded pairs write it. */
  readonly end: Buffer | undefined
  readonly escapedEnd: Buffer | undefined
}

const walkOf = ({ start, end }: Bounds) => ({ start, ...(end ? { end } : {}) })

/**
 * The pairs that stood at `revision`, in order: those not changed since, and those that something changed since,
 * which are remembered by the writer for the newest revision and by the table of superseded pairs for all others.
 * Must be walked within one tick.
 */
export function pairsAt(tables: Tables, writer: Writer, bounds: Bounds, revision: number): Iterable<KeyValue> {
  const walk = walkOf(bounds)
  if (revision === writer.visible) {
    if (writer.dirty.size === 0) return standing(tables, walk, () => true)
    const unchanged = standing(tables, walk, (kv) => !writer.dirty.has(kv.key))
    return merge(unchanged, changing(writer, bounds)[Symbol.iterator]())
  }
  const unchanged = standing(tables, walk, (kv) => kv.modRevision <= revision)
  return merge(unchanged, superseded(tables, bounds, revision))
}

function* standing(
  tables: Tables,
  walk: ReturnType<typeof walkOf>,
  matches: (kv: KeyValue) => boolean,
): Generator<KeyValue> {
  for (const { key, value } of tables.latest.getRange(walk)) {
    value.key = key
    if (matches(value)) yield value
  }
}

function* superseded(tables: Tables, bounds: Bounds, revision: number): Generator<KeyValue> {
  const walk = { start: escapeKey(bounds.start), ...(bounds.escapedEnd ? { end: bounds.escapedEnd } : {}) }
  for (const place of tables.superseded.getKeys(walk)) {
    if (place.revision > revision || place.until <= revision) continue
    const value = tables.superseded.get(place)!
    value.key = place.key
    yield value
  }
}

function changing(writer: Writer, { prefix, start }: Bounds): KeyValue[] {
  const pairs: KeyValue[] = []
  for (const [key, { base }] of writer.dirty) {
    if (base !== undefined && key.startsWith(prefix) && compareKeys(key, start) >= 0) pairs.push(base)
  }
  return pairs.sort((a, b) => compareKeys(a.key, b.key))
}

function* merge(left: Iterator<KeyValue>, right: Iterator<KeyValue>): Generator<KeyValue> {
  try {
    let a = left.next()
    let b = right.next()
    while (!a.done || !b.done) {
      if (b.done || (!a.done && compareKeys(a.value.key, b.value.key) < 0)) {
        yield a.value
        a = left.next()
      } else {
        yield b.value
        b = right.next()
      }
    }
  } finally {
    // The driver's cursors must not outlive a reader who left early.
    left.return?.()
    right.return?.()
  }
}

/** Keys that the driver counts in one go: some 5 ms of work where it sees the pages of values of 1 KB for the first time. */
const CHUNK_KEYS = 5_000

/** Counts a chunk of the keys that stand at the newest revision, and says where the next chunk begins. */
export function countNow(tables: Tables, writer: Writer, bounds: Bounds): { count: number; next: string | undefined } {
  const whole = walkOf(bounds)
  let next: string | undefined
  if (tables.latest.getStats().entryCount > CHUNK_KEYS) {
    for (const key of tables.latest.getKeys({ ...whole, offset: CHUNK_KEYS, limit: 1 })) next = key
  }
  let count = tables.latest.getKeysCount(next === undefined ? whole : { ...whole, end: next })
  for (const [key, { base }] of writer.dirty) {
    if (!key.startsWith(bounds.prefix) || compareKeys(key, bounds.start) < 0) continue
    if (next !== undefined && compareKeys(key, next) >= 0) continue
    count += (base === undefined ? 0 : 1) - (tables.latest.get(key) === undefined ? 0 : 1)
  }
  return { count, next }
}

const SLICE_EVENTS = 1_000

/** How many keys more stand because of the revisions `from` to `to`; looks at some of them and says how far it came. */
export function netCreated(tables: Tables, from: number, to: number, matches: (key: string) => boolean) {
  let created = 0
  let until = to
  let seen = 0
  for (const { key: revision, value: events } of tables.events.getRange({ start: from, end: to + 1 })) {
    for (const { type, key, before } of events) {
      if (!matches(key)) continue
      if (type === 'delete') created--
      else if (before === 0) created++
    }
    seen += events.length
    if (seen >= SLICE_EVENTS) {
      until = revision
      break
    }
  }
  return { created, until }
}
