import { SeatDemand } from '../seat-demand.js'
import { TimedRatio } from './histogram.js'

const SEAT_UTILIZATION_BOUNDS = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1]
const REQUEST_UTILIZATION_BOUNDS = [0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.25, 0.5, 0.75, 1]
const DEMAND_BOUNDS = [0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4, 1.7, 2, 2.8, 4, 6]

/** What a priority level's requests take up at a moment. */
export interface Occupancy {
  readonly seatsInUse: number
  readonly seatsWaiting: number
  readonly requestsWaiting: number
  readonly requestsExecuting: number
}

/** Follows how much of a priority level is taken, told of every change. */
export class LevelUsage {
  readonly demand: SeatDemand
  readonly seatUtilization: TimedRatio
  readonly waitingUtilization: TimedRatio
  readonly executingUtilization: TimedRatio
  readonly demandRatio: TimedRatio
  /** What ratios are taken of, never 0. */
  #seats: number

  /**
   * @param queueCapacity requests that can wait, 1 where none can.
   * @param seatsIfNone what ratios are taken of while the level has no seats.
   */
  constructor(
    private readonly queueCapacity: number,
    private readonly seatsIfNone: number,
    now: number,
  ) {
    this.#seats = seatsIfNone
    this.demand = new SeatDemand(now)
    this.seatUtilization = new TimedRatio(SEAT_UTILIZATION_BOUNDS, now)
    this.waitingUtilization = new TimedRatio(REQUEST_UTILIZATION_BOUNDS, now)
    this.executingUtilization = new TimedRatio(REQUEST_UTILIZATION_BOUNDS, now)
    this.demandRatio = new TimedRatio(DEMAND_BOUNDS, now)
  }

  /** The level has so many seats from now on. */
  resize(seats: number, occupancy: Occupancy, now: number): void {
    this.#seats = seats > 0 ? seats : this.seatsIfNone
    this.note(occupancy, now)
  }

  note({ seatsInUse, seatsWaiting, requestsWaiting, requestsExecuting }: Occupancy, now: number): void {
    const demanded = seatsInUse + seatsWaiting
    this.demand.set(demanded, now)
    this.demandRatio.set(demanded / this.#seats, now)
    this.seatUtilization.set(seatsInUse / this.#seats, now)
    this.waitingUtilization.set(requestsWaiting / this.queueCapacity, now)
    this.executingUtilization.set(requestsExecuting / this.#seats, now)
  }

  /** Counts up to now. */
  sync(now: number): void {
    for (const ratio of [this.seatUtilization, this.waitingUtilization, this.executingUtilization, this.demandRatio])
      ratio.sync(now)
  }
}
