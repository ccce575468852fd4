const MIN_RETRY_AFTER = 1
const MAX_RETRY_AFTER = 32

/**
 * How many seconds a client that is turned away shall wait: 1, doubled while many are turned away, and one less for every
 * second in which few are, so that a flood of retries does not feed itself.
 */
export class DroppedRequests {
  /** Turned away in each of the last seconds, at `second % length`. */
  readonly #counts = new Array<number>(MAX_RETRY_AFTER).fill(0)
  #second = 0
  #raisedAt = 0
  #retryAfter = MIN_RETRY_AFTER

  /** Seconds. */
  get retryAfter(): number {
    return this.#retryAfter
  }

  /** @param milliseconds since the epoch. */
  record(milliseconds: number): void {
    const second = Math.floor(milliseconds / 1000)
    if (second > this.#second) this.#begin(second)
    this.#counts[this.#second % MAX_RETRY_AFTER]! += 1
  }

  #begin(second: number): void {
    const skipped = Math.min(second - this.#second, MAX_RETRY_AFTER)
    for (let ago = 0; ago < skipped; ago++) this.#counts[(second - ago) % MAX_RETRY_AFTER] = 0
    this.#second = second
    const dropped = this.#within(this.#retryAfter)
    if (dropped >= 3 * this.#retryAfter && second - this.#raisedAt >= this.#retryAfter) {
      this.#retryAfter = Math.min(2 * this.#retryAfter, MAX_RETRY_AFTER)
      this.#raisedAt = second
    } else if (dropped < this.#retryAfter && this.#retryAfter > MIN_RETRY_AFTER) this.#retryAfter--
  }

  /** Turned away in so many seconds before this one. */
  #within(seconds: number): number {
    let sum = 0
    for (let ago = 1; ago <= Math.min(seconds, MAX_RETRY_AFTER - 1); ago++)
      sum += this.#counts[(this.#second - ago + MAX_RETRY_AFTER) % MAX_RETRY_AFTER] as number
    return sum
  }
}
