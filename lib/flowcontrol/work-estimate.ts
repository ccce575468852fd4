/** What a request costs, but for how long it will take (KEP-1040, "Width of the request"). */
export interface WorkEstimate {
  /** Seats while it is executed, 1 or more. */
  readonly initialSeats: number
  /** Seats while its consequences are (watchers that hear of a write). */
  readonly finalSeats: number
  /** Milliseconds for which seats stay taken after the answer; nobody waits for them to pass. */
  readonly additionalLatency: number
}

/** Most requests. */
export const ONE_SEAT: WorkEstimate = { initialSeats: 1, finalSeats: 0, additionalLatency: 0 }
