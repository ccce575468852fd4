/** Keeps values for a time, at most so many: the least recently used goes first. */
export class ExpiringCache<V> {
  readonly #entries = new Map<string, { readonly value: V; readonly until: number }>()

  /** @param clock milliseconds, never going back */
  constructor(
    readonly maxEntries: number,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  get size(): number {
    return this.#entries.size
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    if (entry.until <= this.clock()) return undefined
    this.#entries.set(key, entry)
    return entry.value
  }

  /** @param ttl milliseconds; 0 keeps nothing */
  set(key: string, value: V, ttl: number): void {
    this.#entries.delete(key)
    if (ttl <= 0 || this.maxEntries <= 0) return
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size < this.maxEntries) break
      this.#entries.delete(oldest)
    }
    this.#entries.set(key, { value, until: this.clock() + ttl })
  }
}
