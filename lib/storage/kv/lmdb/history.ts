import { CompactedError, type KeyValue, type KVEvent, type WatchBatch } from '../types.js'
import type { StoredEvent } from './codec.js'
import type { Pins } from './pins.js'
import type { Tables } from './tables.js'

/** Events that one slice looks at, and bytes of values it takes up. */
const SLICE_EVENTS = 250
const SLICE_BYTES = 1024 * 1024

/** Reads whole revisions of history back from disk, a slice at a time. */
export class History {
  constructor(
    private readonly tables: Tables,
    private readonly pins: Pins,
    private readonly at: (key: string, revision: number) => KeyValue | undefined,
  ) {}

  /**
   * The events under `prefix` from revision `from` on, not beyond `to`; the batch says how far it came.
   *
   * @throws {CompactedError} when `from` is no longer kept
   */
  read(prefix: string, from: number, to: number): WatchBatch {
    if (from <= this.pins.compacted) throw new CompactedError(from, this.pins.compacted)
    const events: KVEvent[] = []
    let looked = 0
    let bytes = 0
    for (const { key: revision, value } of this.tables.events.getRange({ start: from, end: to + 1 })) {
      for (const stored of value) {
        looked++
        if (!stored.key.startsWith(prefix)) continue
        const event = this.#load(stored, revision)
        bytes += (event.kv?.value.length ?? 0) + (event.prev?.value.length ?? 0)
        events.push(event)
      }
      if (looked >= SLICE_EVENTS || bytes >= SLICE_BYTES) return { events, revision }
    }
    return { events, revision: to }
  }

  #load({ type, key, before }: StoredEvent, revision: number): KVEvent {
    return {
      type,
      key,
      revision,
      kv: type === 'put' ? this.at(key, revision) : undefined,
      prev: before === 0 ? undefined : this.at(key, revision - 1),
    }
  }
}
