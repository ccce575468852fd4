/** What a queue reads of those who wait in it, and of those who are executed from it. */
export interface Queueable<R> {
  /** Seats that it takes while it is executed. */
  readonly initialSeats: number
  /** Most seats that it will hold. */
  readonly seats: number
  /** Work of its consequences, in seat-seconds. */
  readonly finalWork: number
  /** All its work in seat-seconds, as reckoned when it was enqueued, and again when it was dispatched. */
  totalWork: number
  /** By the clock's `now`. */
  startedAt: number
  /** Neighbours in the queue. */
  before: R | undefined
  behind: R | undefined
}

/** How long a queue's first request is reckoned to take, as Kubernetes reckons all. */
const FIRST_ESTIMATE_SECONDS = 0.003
/** Weight of the latest request in the estimate. */
const LEARNING_RATE = 1 / 8

/** One line of waiting requests, first come first served; anybody can leave it from anywhere. */
export class RequestQueue<R extends Queueable<R>> {
  /** Virtual time, in seat-seconds: where the queue would be dispatched from next, were nothing of it executing. */
  startR = 0
  /** How long its next request is reckoned to take, in seconds: what the last ones took. */
  estimatedSeconds = FIRST_ESTIMATE_SECONDS
  length = 0
  /** Requests of this queue that are being executed. */
  executing = 0
  /** Seats that they hold, those that linger after their request among them. */
  seatsInUse = 0
  /** Sums over the waiting requests. */
  initialSeatsSum = 0
  maxSeatsSum = 0
  totalWorkSum = 0
  /** Sums over the executing requests: seats, seats times start, and work as reckoned. */
  #executingSeats = 0
  #executingStarts = 0
  #executingWork = 0
  #head: R | undefined
  #tail: R | undefined

  constructor(readonly index: number) {}

  get head(): R | undefined {
    return this.#head
  }

  enqueue(request: R): void {
    request.totalWork = this.#workOf(request)
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

  /** A request that waits no more begins to be executed. */
  begin(request: R): void {
    // More may be known by now than when it was enqueued.
    request.totalWork = this.#workOf(request)
    this.executing++
    this.#executingSeats += request.initialSeats
    this.#executingStarts += request.initialSeats * request.startedAt
    this.#executingWork += request.totalWork
  }

  /** A request was executed for so many seconds: that is what it is charged, and what the next ones are reckoned from. */
  end(request: R, seconds: number): void {
    this.executing--
    this.#executingSeats -= request.initialSeats
    this.#executingStarts -= request.initialSeats * request.startedAt
    this.#executingWork -= request.totalWork
    if (this.executing === 0) {
      this.#executingStarts = 0
      this.#executingWork = 0
    }
    this.startR += request.initialSeats * seconds + request.finalWork
    this.estimatedSeconds += (seconds - this.estimatedSeconds) * LEARNING_RATE
  }

  /**
   * Virtual time at which the queue would be dispatched from next: what is executing is charged what it is reckoned to
   * take, and when that is over what it takes.
   */
  nextDispatchR(now: number): number {
    const taken = (this.#executingSeats * now - this.#executingStarts) / 1000
    return this.startR + Math.max(this.#executingWork, taken)
  }

  *[Symbol.iterator](): Generator<R> {
    for (let request = this.#head; request; request = request.behind) yield request
  }

  #workOf({ initialSeats, finalWork }: R): number {
    return initialSeats * this.estimatedSeconds + finalWork
  }

  #count(request: R, sign: 1 | -1): void {
    this.initialSeatsSum += sign * request.initialSeats
    this.maxSeatsSum += sign * request.seats
    this.totalWorkSum += sign * request.totalWork
  }
}
