/** Counts observations by size, as Prometheus' histograms do. */
export class Histogram {
  /** One more than there are bounds: the last counts what is above them all. Not cumulative. */
  readonly counts: number[]
  sum = 0

  /** @param bounds upper bounds, included, rising. */
  constructor(readonly bounds: readonly number[]) {
    this.counts = new Array<number>(bounds.length + 1).fill(0)
  }

  observe(value: number, weight = 1): void {
    const { bounds, counts } = this
    let bucket = 0
    while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket++
    counts[bucket] = (counts[bucket] as number) + weight
    this.sum += value * weight
  }
}

const NANOSECONDS_PER_MILLISECOND = 1e6

/**
 * A fraction that changes over time, and for how long it had which size: its histogram counts nanoseconds, as
 * Kubernetes' timing ratio histograms do.
 */
export class TimedRatio {
  readonly histogram: Histogram
  #ratio = 0
  #since: number

  constructor(bounds: readonly number[], now: number) {
    this.histogram = new Histogram(bounds)
    this.#since = now
  }

  set(ratio: number, now: number): void {
    // What stays as it is goes on being counted.
    if (ratio === this.#ratio) return
    this.sync(now)
    this.#ratio = ratio
  }

  /** Counts up to now. */
  sync(now: number): void {
    if (now > this.#since) this.histogram.observe(this.#ratio, (now - this.#since) * NANOSECONDS_PER_MILLISECOND)
    this.#since = now
  }
}
