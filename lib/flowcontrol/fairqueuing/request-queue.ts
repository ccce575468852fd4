/** What a queue reads of those who wait in it. */
export interface Queueable<R> {
  /** Seats that it takes while it is executed. */
  readonly initialSeats: number
  /** Most seats that it will hold. */
  readonly seats: number
  /** All its work in seat-seconds, as estimated. */
  readonly totalWork: number
  /** Neighbours in the queue. */
  before: R | undefined
  behind: R | undefined
}

/** How long a queue's first request is reckoned to take, as Kubernetes reckons all. */
const FIRST_ESTIMATE_SECONDS = 0.003
const MIN_ESTIMATE_SECONDS = 0.0001
/** No queue has to let others go before it by more than this, however long its requests took of late. */
const MAX_ESTIMATE_SECONDS = 0.1
/** Weight of the latest request in the estimate. */
const LEARNING_RATE = 1 / 8

/** One line of waiting requests, first come first served; anybody can leave it from anywhere. */
export class RequestQueue<R extends Queueable<R>> {
  /** The virtual time, in seat-seconds, at which the next request of this queue would be dispatched were all fair. */
  nextDispatchR = 0
  length = 0
  /**
   * How long its next request is reckoned to take, in seconds: what the last ones took. Kubernetes reckons 3 ms for all
   * and corrects that afterwards, which lets a flow of long requests have many before it is charged for the first.
   */
  estimatedSeconds = FIRST_ESTIMATE_SECONDS
  /** Requests of this queue that are being executed. */
  executing = 0
  /** Seats that they hold, those that linger after their request among them. */
  seatsInUse = 0
  /** Sums over the waiting requests. */
  initialSeatsSum = 0
  maxSeatsSum = 0
  totalWorkSum = 0
  #head: R | undefined
  #tail: R | undefined

  constructor(readonly index: number) {}

  get head(): R | undefined {
    return this.#head
  }

  /** Whether somebody waits or is executed. */
  get active(): boolean {
    return this.length > 0 || this.executing > 0
  }

  enqueue(request: R): void {
    request.before = this.#tail
    if (this.#tail) this.#tail.behind = request
    else this.#head = request
    this.#tail = request
    this.length++
    this.#count(request, 1)
  }

  /** Takes a waiting request out. */
  remove(request: R): void {
    if (request.before) request.before.behind = request.behind
    else this.#head = request.behind
    if (request.behind) request.behind.before = request.before
    else this.#tail = request.before
    request.before = undefined
    request.behind = undefined
    this.length--
    this.#count(request, -1)
    // Sums of fractions drift; an empty queue has none.
    if (this.length === 0) this.totalWorkSum = 0
  }

  /** A request took so long. */
  learn(seconds: number): void {
    const estimate = this.estimatedSeconds + (seconds - this.estimatedSeconds) * LEARNING_RATE
    this.estimatedSeconds = Math.min(MAX_ESTIMATE_SECONDS, Math.max(MIN_ESTIMATE_SECONDS, estimate))
  }

  *[Symbol.iterator](): Generator<R> {
    for (let request = this.#head; request; request = request.behind) yield request
  }

  #count(request: R, sign: 1 | -1): void {
    this.initialSeatsSum += sign * request.initialSeats
    this.maxSeatsSum += sign * request.seats
    this.totalWorkSum += sign * request.totalWork
  }
}
