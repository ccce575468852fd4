import type { FlowRequest } from './flow-request.js'

/** One seat in so many is kept for flows that have none. */
const SEATS_PER_RESERVED_SEAT = 10
/** In a smaller level none is kept: it would be missed. */
const MIN_SEATS_WITH_RESERVE = 4

/** Tells what part of the seats wide requests may take together. */
export interface Pace {
  readonly factor: number
  /** Wide requests are there. */
  attend(now: number): void
}

export interface SeatsOptions {
  /** Everybody gets seats; they are only counted. */
  readonly exempt: boolean
  /** Whether flows share them, so that some are kept for those that have none. */
  readonly shared: boolean
  readonly pace: Pace
}

/**
 * The seats of a priority level, and who may take them.
 *
 * A tenth is kept for flows of which nothing is being executed, which need not wait for others to end then: on one event
 * loop long requests end all together, and late. It is missed by nobody: more of them at once would only take longer.
 */
export class Seats {
  inUse = 0
  /** Seats of the reserve that are in use. */
  reservedInUse = 0
  /** Of the limit, seats that only flows may take of which nothing is being executed. */
  reserve = 0
  #limit = 0
  /** Seats of requests that take several while they are executed. */
  #wideInUse = 0
  readonly #exempt: boolean
  readonly #shared: boolean
  readonly #pace: Pace

  constructor({ exempt, shared, pace }: SeatsOptions) {
    this.#exempt = exempt
    this.#shared = shared
    this.#pace = pace
  }

  get limit(): number {
    return this.#limit
  }

  set limit(seats: number) {
    this.#limit = seats
    const keeps = this.#shared && seats >= MIN_SEATS_WITH_RESERVE
    this.reserve = keeps ? Math.max(1, Math.floor(seats / SEATS_PER_RESERVED_SEAT)) : 0
  }

  /** Whether there are seats for a request; one that is wider than the level gets them when it is alone. */
  fit({ seats }: FlowRequest): boolean {
    if (this.#exempt) return true
    const most = this.#limit - this.reserve
    // When the limit fell, more of the reserve may be in use than there is: the rest counts as any other.
    if (this.inUse - Math.min(this.reservedInUse, this.reserve) + seats <= most) return true
    return seats > most && this.inUse === 0
  }

  /** Whether there are seats for it among those that are kept. */
  fitReserve({ seats, flow }: FlowRequest): boolean {
    if (flow.executing > 0 || this.reservedInUse + seats > this.reserve) return false
    return this.inUse + seats <= this.#limit
  }

  /** Whether the event loop can bear one more; a wide request that is the only one is always borne. */
  inPace({ initialSeats }: FlowRequest): boolean {
    if (initialSeats === 1 || this.#wideInUse === 0) return true
    return this.#wideInUse + initialSeats <= this.#pace.factor * this.#limit
  }

  /** For one that fits. */
  take(request: FlowRequest): void {
    if (!this.#exempt && this.#limit > 0 && request.finalSeats > this.#limit) request.narrowFinalSeats(this.#limit)
    request.reserved = !this.fit(request)
    if (request.reserved) this.reservedInUse += request.seats
    if (request.initialSeats > 1) this.#wideInUse += request.initialSeats
    request.flow.executing++
    this.inUse += request.seats
  }

  /** It is executed no more, and may keep its seats for what it leaves behind. */
  end({ initialSeats, flow }: FlowRequest): void {
    flow.executing--
    if (initialSeats > 1) this.#wideInUse -= initialSeats
  }

  giveBack({ seats, reserved }: FlowRequest): void {
    this.inUse -= seats
    if (reserved) this.reservedInUse -= seats
  }
}
