import type { KeyValue, KVEvent, WriteResult } from '../types.js'
import { encodeEvents, encodePair, encodeSupersededKey } from './codec.js'
import type { Tables } from './tables.js'

/** What one revision changes. */
export interface Change {
  readonly revision: number
  readonly events: readonly KVEvent[]
}

/** Writes beside the revisions: leases, compaction. Runs inside the transaction. */
export type SideWrite = (tables: Tables) => void

interface Waiter {
  settle(revision: number): void
  reject(error: Error): void
}

const MAX_CHANGES = 4_096
const MAX_BYTES = 16 * 1024 * 1024

/** Writes that go to disk together: all of them, or none. */
export class Batch {
  readonly changes: Change[] = []
  readonly #sides: SideWrite[] = []
  readonly #waiters: Waiter[] = []
  /** About how many bytes will be written. */
  bytes = 0

  get full(): boolean {
    return this.changes.length >= MAX_CHANGES || this.#sides.length >= MAX_CHANGES || this.bytes >= MAX_BYTES
  }

  /** Whether there is nothing to write, only callers to answer. */
  get idle(): boolean {
    return this.changes.length === 0 && this.#sides.length === 0
  }

  addChange(change: Change): void {
    this.changes.push(change)
    for (const { key, kv, prev } of change.events) {
      this.bytes += 2 * key.length + (kv?.value.length ?? 0) + (prev?.value.length ?? 0) + 100
    }
  }

  addSide(side: SideWrite): void {
    this.#sides.push(side)
  }

  /** The answer to give once everything in this batch is on the disk; `revision` is the store's at that time. */
  wait<T>(answer: (revision: number) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ settle: (revision) => resolve(answer(revision)), reject })
    })
  }

  /** Puts everything into the driver's open transaction. */
  write(tables: Tables): void {
    for (const change of this.changes) {
      for (const event of change.events) writeEvent(tables, event)
      tables.events.put(change.revision, encodeEvents(change.events))
    }
    for (const side of this.#sides) side(tables)
  }

  settle(revision: number): void {
    for (const waiter of this.#waiters) waiter.settle(revision)
  }

  reject(error: Error): void {
    for (const waiter of this.#waiters) waiter.reject(error)
  }
}

const NOTHING = Buffer.alloc(0)

function writeEvent(tables: Tables, { key, revision, kv, prev }: KVEvent): void {
  if (prev !== undefined) tables.superseded.put(encodeSupersededKey(key, prev.modRevision, revision), encodePair(prev))
  if (kv === undefined) tables.latest.remove(key)
  else tables.latest.put(key, encodePair(kv))
  const before = prev?.lease ?? ''
  const after = kv?.lease ?? ''
  if (before === after) return
  if (before !== '') tables.leaseKeys.remove(before + key)
  if (after !== '') tables.leaseKeys.put(after + key, NOTHING)
}

export const putEvent = (key: string, value: Buffer, lease: string, revision: number, prev?: KeyValue): KVEvent => ({
  type: 'put',
  key,
  revision,
  kv: { key, value, createRevision: prev?.createRevision ?? revision, modRevision: revision, lease },
  prev,
})

export const deleteEvent = (revision: number, prev: KeyValue): KVEvent => ({
  type: 'delete',
  key: prev.key,
  revision,
  kv: undefined,
  prev,
})

export const won = (revision: number): WriteResult => ({ ok: true, revision })
export const lost = (current: KeyValue | undefined, revision: number): WriteResult => ({ ok: false, current, revision })
