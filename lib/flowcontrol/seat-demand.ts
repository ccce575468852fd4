/** Weight of what was in each smoothing: the memory of a peak is half gone after five minutes of ten-second periods. */
const SMOOTHING_COEFFICIENT = 0.977

/** How many seats a priority level could have used, over time: what its share of borrowed seats is reckoned from. */
export class SeatDemand {
  /** Of the last period, in seats. */
  average = 0
  deviation = 0
  highWatermark = 0
  /** Follows peaks at once and forgets them slowly. */
  smoothed = 0
  #seats = 0
  #since: number
  #periodBegan: number
  #peak = 0
  /** Integrals of the demand and of its square over the time of this period. */
  #linear = 0
  #square = 0

  constructor(now: number) {
    this.#since = now
    this.#periodBegan = now
  }

  /** Seats in use, and seats that those who wait would take. */
  set(seats: number, now: number): void {
    const elapsed = now - this.#since
    this.#linear += this.#seats * elapsed
    this.#square += this.#seats * this.#seats * elapsed
    this.#since = now
    this.#seats = seats
    if (seats > this.#peak) this.#peak = seats
  }

  /** Ends a period: brings the figures up to date and begins the next one. */
  endPeriod(now: number): void {
    this.set(this.#seats, now)
    this.highWatermark = this.#peak
    const duration = now - this.#periodBegan
    if (duration > 0) {
      this.average = this.#linear / duration
      this.deviation = Math.sqrt(Math.max(0, this.#square / duration - this.average ** 2))
      const envelope = this.average + this.deviation
      const faded = SMOOTHING_COEFFICIENT * this.smoothed + (1 - SMOOTHING_COEFFICIENT) * envelope
      this.smoothed = Math.max(envelope, faded)
    }
    this.#periodBegan = now
    this.#peak = this.#seats
    this.#linear = 0
    this.#square = 0
  }
}
