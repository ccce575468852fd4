import { FutureRevisionError, KVError } from '../types.js'
import type { SideWrite } from './batch.js'
import { encodeSupersededKey } from './codec.js'
import type { Pins } from './pins.js'
import type { Tables } from './tables.js'

export interface CompactionOptions {
  /** Milliseconds between automatic compactions; 0 = none. */
  readonly intervalMs: number
  /** Revisions kept at most; 0 = any number. */
  readonly historyLimit: number
  /** Told how many events each slice removes. */
  readonly onSlice: ((events: number) => void) | undefined
}

interface SideWriter {
  readonly visible: number
  writeSide(side: SideWrite): Promise<void>
}

const COMPACTED = 'compacted'

/** Events that one slice looks at: about a millisecond's work. */
export const SLICE_EVENTS = 256

/**
 * Forgets history: at once for readers, and slice by slice on the disk. The table of events leads: a compacted
 * event names the pair that it superseded, so nothing is searched. The pair before the first kept event stays.
 */
export class Compactor {
  #sweeping: Promise<void> | undefined
  #deciding: Promise<void> = Promise.resolve()
  /** Whether a read under way kept the last sweep from finishing. */
  #held = false
  #closed = false
  #timer: NodeJS.Timeout | undefined
  #lastSeen: number

  constructor(
    private readonly tables: Tables,
    private readonly writer: SideWriter,
    private readonly pins: Pins,
    private readonly options: CompactionOptions,
  ) {
    pins.compacted = Number(tables.meta.get(COMPACTED)?.toString() ?? 0)
    this.#lastSeen = writer.visible
    if (options.intervalMs > 0) this.#timer = setInterval(() => this.#tick(), options.intervalMs).unref()
    this.#sweep()
  }

  /** Resolves when the decision is on the disk; what is forgotten goes afterwards. One after the other, as called. */
  compact(revision: number): Promise<void> {
    const decision = this.#deciding.then(() => this.#decide(revision))
    this.#deciding = decision.catch(() => {})
    return decision
  }

  async #decide(revision: number): Promise<void> {
    if (!Number.isSafeInteger(revision) || revision < 0) throw new KVError(`${revision} is not a revision`)
    if (revision > this.writer.visible) throw new FutureRevisionError(revision, this.writer.visible)
    const compacted = revision - 1
    if (compacted <= this.pins.compacted) return
    const stored = Buffer.from(String(compacted))
    await this.writer.writeSide((tables) => tables.meta.put(COMPACTED, stored))
    this.pins.compacted = compacted
    this.#sweep()
  }

  /** Called after each flush. Waits for a tenth over the limit, so that not every write compacts. */
  onVisible(): void {
    const { historyLimit } = this.options
    if (this.#held) this.#sweep()
    if (historyLimit === 0 || this.#sweeping !== undefined) return
    const kept = this.writer.visible - this.pins.compacted
    if (kept > historyLimit + Math.ceil(historyLimit / 10)) this.#forget(this.writer.visible - historyLimit + 1)
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    await this.#sweeping
  }

  /** Like the compactor of a kube-apiserver: what was there at the last tick is kept until the next. */
  #tick(): void {
    this.#forget(this.#lastSeen)
    this.#lastSeen = this.writer.visible
  }

  /** A failure (a full disk, say) leaves history longer; the next time tries again. */
  #forget(revision: number): void {
    this.#sweeping ??= this.compact(revision)
      .catch(() => {})
      .finally(() => {
        this.#sweeping = undefined
        this.#sweep()
      })
  }

  #sweep(): void {
    if (this.#closed) return
    this.#sweeping ??= this.#removeAll()
      .catch(() => {})
      .finally(() => {
        this.#sweeping = undefined
      })
  }

  async #removeAll(): Promise<void> {
    while (!this.#closed) {
      const removals = this.#nextSlice()
      if (removals === undefined) {
        this.#held = this.pins.removable < this.pins.compacted
        return
      }
      await this.writer.writeSide(removals)
    }
  }

  #nextSlice(): SideWrite | undefined {
    const revisions: number[] = []
    const superseded: Buffer[] = []
    let events = 0
    // Events may be on the disk before they are visible; those are far above what is removable.
    for (const { key: revision, value } of this.tables.events.getRange({ start: 1, end: this.pins.removable + 1 })) {
      revisions.push(revision)
      for (const { key, before } of value) {
        if (before > 0) superseded.push(encodeSupersededKey(key, before, revision))
      }
      events += value.length
      if (events >= SLICE_EVENTS) break
    }
    if (revisions.length === 0) return undefined
    this.options.onSlice?.(events)
    return (tables) => {
      for (const revision of revisions) tables.events.remove(revision)
      for (const place of superseded) tables.superseded.remove(place)
    }
  }
}
