/** Lets `burst` pass at once and `qps` a second in the long run. */
export class TokenBucket {
  #tokens: number
  #at = performance.now()

  /** @param qps tokens a second; 0 = no limit */
  constructor(
    private readonly qps: number,
    private readonly burst: number,
  ) {
    this.#tokens = burst
  }

  /** Takes a token and gives 0, or gives the milliseconds until there will be one. */
  take(): number {
    if (this.qps <= 0) return 0
    const now = performance.now()
    this.#tokens = Math.min(this.burst, this.#tokens + ((now - this.#at) / 1000) * this.qps)
    this.#at = now
    if (this.#tokens >= 1) {
      this.#tokens--
      return 0
    }
    return ((1 - this.#tokens) / this.qps) * 1000
  }
}
