import { takeTurn } from '../../../runtime/turns.js'
import {
  CompactedError,
  FutureRevisionError,
  type GetResult,
  type KeyValue,
  KVError,
  type RangeOptions,
  type RangeResult,
} from '../types.js'
import { encodeSupersededKey } from './codec.js'
import { boundsOf, Counts } from './counts.js'
import type { Pins } from './pins.js'
import { pairsAt } from './snapshot.js'
import type { Tables } from './tables.js'
import type { Writer } from './writer.js'

const SLICE_ITEMS = 500
const SLICE_BYTES = 1024 * 1024

/** Where a range goes on behind these. */
const after = (items: readonly KeyValue[]): string => `${items.at(-1)!.key}\0`

/**
 * Reads at a revision. All that one tick reads comes from one transaction of the driver; what takes longer goes on
 * in the next tick at the same revision, so that no transaction is held and no other work waits long.
 */
export class Reader {
  readonly #counts: Counts

  constructor(
    private readonly tables: Tables,
    private readonly writer: Writer,
    private readonly pins: Pins,
  ) {
    this.#counts = new Counts(tables, writer, pins)
  }

  get(key: string, asked: number): GetResult {
    const { visible, dirty } = this.writer
    if (asked === 0) {
      const changing = dirty.get(key)
      return { kv: changing === undefined ? this.#latest(key) : changing.base, revision: visible }
    }
    this.#checkRevision(asked)
    return { kv: this.at(key, asked), revision: visible }
  }

  /** The pair that stood at a revision which is still kept. */
  at(key: string, revision: number): KeyValue | undefined {
    const latest = this.#latest(key)
    if (latest !== undefined && latest.modRevision <= revision) return latest
    const walk = {
      start: encodeSupersededKey(key, revision, Number.MAX_SAFE_INTEGER),
      end: encodeSupersededKey(key, 0, 0),
      reverse: true,
      limit: 1,
    }
    for (const { key: place, value } of this.tables.superseded.getRange(walk)) {
      if (place.until <= revision) return undefined
      value.key = key
      return value
    }
    return undefined
  }

  async range(prefix: string, options: RangeOptions): Promise<RangeResult> {
    const { start = prefix, limit = 0 } = options
    if (!start.startsWith(prefix)) throw new KVError('a range must start inside its prefix')
    if (!Number.isSafeInteger(limit) || limit < 0) throw new KVError(`a limit is a whole number, not ${limit}`)
    const revision = options.revision || this.writer.visible
    this.#checkRevision(revision)
    const unpin = this.pins.add(revision)
    try {
      const { items, more } = await this.#collect(prefix, start, revision, limit || Number.POSITIVE_INFINITY)
      if (!more) return { items, revision, more, count: items.length }
      const count = await this.#counts.at(boundsOf(prefix, start), revision)
      this.#counts.remember(boundsOf(prefix, after(items)), revision, count - items.length)
      return { items, revision, more, count }
    } finally {
      unpin()
    }
  }

  async count(prefix: string): Promise<{ count: number; revision: number }> {
    const revision = this.writer.visible
    const unpin = this.pins.add(revision)
    try {
      return { count: await this.#counts.at(boundsOf(prefix, prefix), revision), revision }
    } finally {
      unpin()
    }
  }

  #latest(key: string): KeyValue | undefined {
    const kv = this.tables.latest.get(key)
    if (kv !== undefined) kv.key = key
    return kv
  }

  #checkRevision(revision: number): void {
    if (!Number.isSafeInteger(revision) || revision < 0) throw new KVError(`${revision} is not a revision`)
    if (revision > this.writer.visible) throw new FutureRevisionError(revision, this.writer.visible)
    if (revision <= this.pins.compacted) throw new CompactedError(revision, this.pins.compacted)
  }

  async #collect(prefix: string, start: string, revision: number, limit: number) {
    const items: KeyValue[] = []
    let bounds = boundsOf(prefix, start)
    for (;;) {
      let bytes = 0
      const sliceEnd = items.length + SLICE_ITEMS
      let cut = false
      for (const kv of pairsAt(this.tables, this.writer, bounds, revision)) {
        if (items.length === limit) return { items, more: true }
        items.push(kv)
        bytes += kv.value.length
        if (items.length >= sliceEnd || bytes >= SLICE_BYTES) {
          cut = true
          break
        }
      }
      if (!cut) return { items, more: false }
      bounds = boundsOf(prefix, after(items))
      await takeTurn()
    }
  }
}
