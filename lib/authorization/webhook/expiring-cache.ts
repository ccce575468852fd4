import { BoundedMap } from '../../meta/bounded-map.js'

/** Keeps values for a time, at most so many: the least recently used goes first. */
export class ExpiringCache<V> {
  readonly #entries: BoundedMap<{ readonly value: V; readonly until: number }>

  /** @param clock milliseconds, never going back */
  constructor(
    maxEntries: number,
    private readonly clock: () => number = () => performance.now(),
  ) {
    this.#entries = new BoundedMap(maxEntries)
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined || entry.until > this.clock()) return entry?.value
    this.#entries.delete(key)
    return undefined
  }

  /** @param ttl milliseconds; 0 keeps nothing */
  set(key: string, value: V, ttl: number): void {
    if (ttl > 0 && this.#entries.maxEntries > 0) this.#entries.set(key, { value, until: this.clock() + ttl })
    else this.#entries.delete(key)
  }
}
