import { randomBytes } from 'node:crypto'
import { KVError, type KVEvent, type Lease } from '../types.js'
import type { SideWrite } from './batch.js'
import { afterPrefix } from './codec.js'
import type { Tables } from './tables.js'

interface HeldLease {
  readonly ttlSeconds: number
  /** On the clock of `performance.now()`, which nobody can set. */
  readonly endsAt: number
  /** Keys as the newest admitted writes have them. */
  readonly keys: Set<string>
  ending: boolean
}

/** What leases need of the writer. */
export interface LeaseWriter {
  expire(keys: Iterable<string>, lease: string, side: SideWrite): Promise<void>
  writeSide(side: SideWrite): Promise<void>
}

const ID_LENGTH = 16
const MAX_TTL_SECONDS = 9_000_000_000
const MAX_TIMER_MS = 2 ** 31 - 1
const RETRY_MS = 1_000

/**
 * Leases and the one timer that ends them. On disk a lease has its end in wall-clock time, so that it ends
 * after a restart too; a clock that was set back cannot make it live longer than its TTL from then on.
 */
export class Leases {
  readonly #leases = new Map<string, HeldLease>()
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(
    private readonly tables: Tables,
    private readonly writer: LeaseWriter,
  ) {}

  /** Reads everything from disk: at the start, and after writes were dropped. */
  reload(): void {
    this.#leases.clear()
    for (const { key: id, value } of this.tables.leases.getRange({})) {
      const { ttlSeconds, endsAt } = JSON.parse(value.toString()) as { ttlSeconds: number; endsAt: number }
      const left = Math.min(Math.max(0, endsAt - Date.now()), ttlSeconds * 1_000)
      this.#leases.set(id, { ttlSeconds, endsAt: performance.now() + left, keys: this.#keysOnDisk(id), ending: false })
    }
    this.#schedule()
  }

  #keysOnDisk(id: string): Set<string> {
    const start = Buffer.from(id)
    const keys = new Set<string>()
    for (const key of this.tables.leaseKeys.getKeys({ start, end: afterPrefix(start)! })) keys.add(key.slice(ID_LENGTH))
    return keys
  }

  async grant(ttlSeconds: number): Promise<Lease> {
    if (!Number.isSafeInteger(ttlSeconds) || ttlSeconds < 1 || ttlSeconds > MAX_TTL_SECONDS) {
      throw new KVError(`a lease lives for 1 to ${MAX_TTL_SECONDS} whole seconds, not ${ttlSeconds}`)
    }
    const id = randomBytes(ID_LENGTH / 2).toString('hex')
    const stored = Buffer.from(JSON.stringify({ ttlSeconds, endsAt: Date.now() + ttlSeconds * 1_000 }))
    await this.writer.writeSide((tables) => tables.leases.put(id, stored))
    this.#leases.set(id, {
      ttlSeconds,
      endsAt: performance.now() + ttlSeconds * 1_000,
      keys: new Set(),
      ending: false,
    })
    this.#schedule()
    return { id, ttlSeconds }
  }

  /** Throws unless keys may be written with this lease. */
  check(id: string): void {
    const lease = this.#leases.get(id)
    if (lease === undefined || lease.ending) throw new KVError(`there is no lease ${JSON.stringify(id.slice(0, 40))}`)
  }

  /** Follows an admitted write. */
  note({ key, kv, prev }: KVEvent): void {
    const before = prev?.lease ?? ''
    const after = kv?.lease ?? ''
    if (before === after) return
    if (before !== '') this.#leases.get(before)?.keys.delete(key)
    if (after !== '') this.#leases.get(after)?.keys.add(key)
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  #schedule(atLeastMs = 0): void {
    clearTimeout(this.#timer)
    if (this.#closed) return
    let next = Number.POSITIVE_INFINITY
    for (const lease of this.#leases.values()) if (!lease.ending) next = Math.min(next, lease.endsAt)
    if (next === Number.POSITIVE_INFINITY) return
    const delay = Math.min(MAX_TIMER_MS, Math.max(atLeastMs, Math.ceil(next - performance.now())))
    this.#timer = setTimeout(() => this.#endDue(), delay).unref()
  }

  #endDue(): void {
    const now = performance.now()
    for (const [id, lease] of this.#leases) if (!lease.ending && lease.endsAt <= now) void this.#end(id, lease)
    this.#schedule()
  }

  async #end(id: string, lease: HeldLease): Promise<void> {
    lease.ending = true
    try {
      // A copy: the writer notes the deletes here while it walks.
      await this.writer.expire([...lease.keys], id, (tables) => tables.leases.remove(id))
      this.#leases.delete(id)
    } catch {
      // A full disk, say; the keys stay until it works.
      lease.ending = false
      const current = this.#leases.get(id)
      if (current !== undefined) current.ending = false
      this.#schedule(RETRY_MS)
    }
  }
}
