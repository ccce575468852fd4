import type { Clock } from '../clock.js'
import type { LevelUsage, Occupancy } from '../metrics/level-usage.js'
import type { FlowRequest, RejectReason, SeatHolder } from './flow-request.js'
import { RequestQueue } from './request-queue.js'

/** One seat in so many is kept for flows that have none. */
const SEATS_PER_RESERVED_SEAT = 10
/** In a smaller level none is kept: it would be missed. */
const MIN_SEATS_WITH_RESERVE = 4

/** How a priority level treats what arrives. */
export interface QueueSetOptions {
  readonly clock: Clock
  readonly usage: LevelUsage
  /** 0 = no queues: what finds no seat is turned away. With 1 there are no flows. */
  readonly queues: number
  readonly queueLengthLimit: number
  /** Everything is executed at once; seats are only counted. */
  readonly exempt: boolean
  readonly pace: Pace
}

/** Tells what part of the seats wide requests may take together. */
export interface Pace {
  readonly factor: number
  /** Wide requests are there. */
  attend(now: number): void
}

type Queue = RequestQueue<FlowRequest>

/**
 * A priority level's seats and queues: fair queuing for server requests (KEP-1040).
 *
 * Every queue has a virtual time, the seat-seconds that its requests took since somebody has to wait; the queue that is
 * least far goes next, of equal ones the one whose request came first. A queue in which nobody waited begins where the
 * least far of the others is: with no claim from the past, and behind nobody.
 *
 * This is start-time fair queuing, where Kubernetes compares queues with the clock of an ideal server and reckons 3 ms for
 * each request until it has ended. All requests share one event loop here, and take the longer the more there are of
 * them: that clock runs ahead of all busy queues then, and who comes new, with little to ask, has to wait for them.
 *
 * A request that is next but needs more seats than are free holds up the others: so the wide ones get their turn too.
 *
 * A tenth of the seats is kept for flows of which nothing is being executed, which need not wait for others to end then:
 * on one event loop long requests end all together, and late. It is missed by nobody: more of them at once would only
 * take longer. Wide requests are also held back, one apart, while the event loop is behind. All other seats are never free
 * while somebody waits whose turn it is and who fits.
 */
export class QueueSet implements SeatHolder, Occupancy {
  seatsInUse = 0
  seatsWaiting = 0
  requestsWaiting = 0
  requestsExecuting = 0
  dispatched = 0
  rejected = 0
  timedOut = 0
  cancelled = 0
  readonly queues: readonly Queue[]
  readonly executing = new Set<FlowRequest>()
  /** How far the queue was in virtual time that was dispatched from, in seat-seconds; never goes back. */
  currentR = 0
  readonly #clock: Clock
  readonly #usage: LevelUsage
  readonly #queueLengthLimit: number
  readonly #exempt: boolean
  readonly #pace: Pace
  #limit = 0
  /** Seats that are kept for flows that have none, and those of them that are in use. */
  #reserve = 0
  #reservedInUse = 0
  /** Seats of requests that take several while they are executed. */
  #wideInUse = 0
  /** Requests that were put into queues; takes hands in turn. */
  #enqueued = 0

  constructor({ clock, usage, queues, queueLengthLimit, exempt, pace }: QueueSetOptions) {
    this.#pace = pace
    this.#clock = clock
    this.#usage = usage
    this.#queueLengthLimit = queueLengthLimit
    this.#exempt = exempt
    this.queues = Array.from({ length: queues }, (_, index) => new RequestQueue<FlowRequest>(index))
  }

  get idle(): boolean {
    return this.requestsWaiting === 0 && this.requestsExecuting === 0
  }

  /** Seats that may be in use at once; what is executing when they become fewer is left to end. */
  get limit(): number {
    return this.#limit
  }

  set limit(seats: number) {
    const now = this.#clock.now()
    this.#limit = seats
    const sharesOut = this.queues.length > 1 && seats >= MIN_SEATS_WITH_RESERVE
    this.#reserve = sharesOut ? Math.max(1, Math.floor(seats / SEATS_PER_RESERVED_SEAT)) : 0
    this.#dispatch(now)
    this.#usage.resize(seats, this, now)
  }

  /** Of the limit, seats that only flows may take of which nothing is being executed. */
  get reserve(): number {
    return this.#reserve
  }

  /** Seats of the reserve that are in use. */
  get reservedInUse(): number {
    return this.#reservedInUse
  }

  after(milliseconds: number, callback: () => void): () => void {
    return this.#clock.after(milliseconds, callback)
  }

  /** Takes a request in; afterwards it is executing, waiting or rejected. */
  start(request: FlowRequest): void {
    const now = this.#clock.now()
    request.arrivedAt = now
    if (this.queues.length === 0) this.#startWithoutQueue(request, now)
    else this.#startFromQueue(request, this.#choose(request.flow.hand, now), now)
    this.#usage.note(this, now)
  }

  #startWithoutQueue(request: FlowRequest, now: number): void {
    if (this.#fits(request)) this.#execute(request, now)
    else this.#reject(request, 'concurrency-limit', now)
  }

  #startFromQueue(request: FlowRequest, queue: Queue, now: number): void {
    if (queue.length >= this.#queueLengthLimit) {
      this.#reject(request, 'queue-full', now)
      this.#dispatch(now)
      return
    }
    request.queue = queue
    request.schema.queueLength.observe(queue.length + 1)
    if (request.initialSeats > 1) this.#pace.attend(now)
    if (this.requestsWaiting === 0 && this.#limit > 0 && this.#mayBegin(request)) {
      this.#execute(request, now)
      return
    }
    this.#enqueue(request, queue, now)
    this.#dispatch(now)
  }

  /** Ends an executing request; seats that its consequences take are given back later. */
  finish(request: FlowRequest): void {
    if (request.state !== 'executing') return
    const now = this.#clock.now()
    request.state = 'finished'
    const milliseconds = now - request.startedAt
    const { queue, schema, flow, additionalLatency } = request
    flow.executing--
    if (request.initialSeats > 1) this.#wideInUse -= request.initialSeats
    this.requestsExecuting--
    this.executing.delete(request)
    schema.executingRequests--
    schema.executed(milliseconds, request.digest.requestInfo)
    queue?.end(request, milliseconds / 1000)
    if (additionalLatency > 0) {
      this.#clock.after(additionalLatency, () => this.#release(request, this.#clock.now()))
      this.#dispatch(now)
      this.#usage.note(this, now)
    } else this.#release(request, now)
  }

  /** Takes a waiting request out of its queue, which rejects it. */
  leave(request: FlowRequest, reason: 'time-out' | 'cancelled'): void {
    if (request.state !== 'waiting') return
    const now = this.#clock.now()
    this.#dequeue(request)
    if (reason === 'cancelled') this.cancelled++
    else this.timedOut++
    this.#reject(request, reason, now)
    request.decided()
    // It may have been the wide one that held up the others.
    this.#dispatch(now)
    this.#usage.note(this, now)
  }

  /** Of a hand, the queue where it would be its turn first; while nobody waits, all in turn. */
  #choose(hand: readonly number[], now: number): Queue {
    const first = this.#enqueued++ % hand.length
    let best = this.queues[hand[first] as number] as Queue
    if (this.requestsWaiting === 0) return best
    let bestR = best.nextDispatchR(now) + best.totalWorkSum
    for (let turn = 1; turn < hand.length; turn++) {
      const queue = this.queues[hand[(first + turn) % hand.length] as number] as Queue
      const turnR = queue.nextDispatchR(now) + queue.totalWorkSum
      if (turnR >= bestR) continue
      best = queue
      bestR = turnR
    }
    return best
  }

  /** A request wider than the level runs when it is alone: else it would wait for ever. */
  #fits({ seats }: FlowRequest): boolean {
    if (this.#exempt) return true
    const most = this.#limit - this.#reserve
    // When the limit fell, more of the reserve may be in use than there is: the rest counts as any other.
    if (this.seatsInUse - Math.min(this.#reservedInUse, this.#reserve) + seats <= most) return true
    return seats > most && this.seatsInUse === 0
  }

  #mayBegin(request: FlowRequest): boolean {
    return this.#inPace(request) && (this.#fits(request) || this.#fitsReserve(request))
  }

  /** Whether the event loop can bear one more; a wide request that is the only one is always borne. */
  readonly #inPace = ({ initialSeats }: FlowRequest): boolean =>
    initialSeats === 1 || this.#wideInUse === 0 || this.#wideInUse + initialSeats <= this.#pace.factor * this.#limit

  readonly #fitsReserveInPace = (request: FlowRequest): boolean => this.#inPace(request) && this.#fitsReserve(request)

  #fitsReserve({ seats, flow }: FlowRequest): boolean {
    if (flow.executing > 0 || this.#reservedInUse + seats > this.#reserve) return false
    return this.seatsInUse + seats <= this.#limit
  }

  #dispatch(now: number): void {
    while (this.requestsWaiting > 0 && this.seatsInUse < this.#limit) {
      const queue = this.#nextQueue(now, this.#inPace)
      if (!queue) return
      const request = queue.head as FlowRequest
      if (this.#fits(request)) this.#dispatchFrom(queue, now)
      else {
        request.schema.noAccommodation++
        const newcomer = this.#reservedInUse < this.#reserve && this.#nextQueue(now, this.#fitsReserveInPace)
        if (!newcomer) return
        this.#dispatchFrom(newcomer, now)
      }
    }
  }

  #dispatchFrom(queue: Queue, now: number): void {
    const request = queue.head as FlowRequest
    this.currentR = Math.max(this.currentR, queue.nextDispatchR(now))
    this.#dequeue(request)
    this.#execute(request, now)
    request.decided()
  }

  /** Of the queues in which somebody waits, the one that is least far; of equal ones, the one whose first came first. */
  #nextQueue(now: number, eligible?: (head: FlowRequest) => boolean): Queue | undefined {
    let best: Queue | undefined
    let bestR = Number.POSITIVE_INFINITY
    for (const queue of this.queues) {
      if (!queue.head || eligible?.(queue.head) === false) continue
      const turnR = queue.nextDispatchR(now)
      if (turnR > bestR || (turnR === bestR && queue.head.order > (best?.head?.order ?? 0))) continue
      best = queue
      bestR = turnR
    }
    return best
  }

  #enqueue(request: FlowRequest, queue: Queue, now: number): void {
    // What was taken while nobody had to wait was nobody's loss.
    if (this.requestsWaiting === 0) for (const each of this.queues) each.startR = this.currentR
    if (queue.length === 0) {
      const leastR = this.#nextQueue(now)?.nextDispatchR(now) ?? 0
      queue.startR += Math.max(0, leastR - queue.nextDispatchR(now))
    }
    request.order = this.#enqueued
    queue.enqueue(request)
    this.requestsWaiting++
    this.seatsWaiting += request.seats
    request.schema.inqueueRequests++
    request.schema.inqueueSeats += request.seats
  }

  #dequeue(request: FlowRequest): void {
    request.queue?.remove(request)
    this.requestsWaiting--
    this.seatsWaiting -= request.seats
    request.schema.inqueueRequests--
    request.schema.inqueueSeats -= request.seats
  }

  #execute(request: FlowRequest, now: number): void {
    if (!this.#exempt && this.#limit > 0 && request.finalSeats > this.#limit) request.narrowFinalSeats(this.#limit)
    const { queue, schema, flow, seats } = request
    // Only who fits one or the other comes here.
    request.reserved = !this.#fits(request)
    if (request.reserved) this.#reservedInUse += seats
    if (request.initialSeats > 1) this.#wideInUse += request.initialSeats
    flow.executing++
    request.state = 'executing'
    request.startedAt = now
    this.executing.add(request)
    this.requestsExecuting++
    this.dispatched++
    this.seatsInUse += seats
    schema.dispatched++
    schema.executingRequests++
    schema.executingSeats += seats
    if (!this.#exempt) schema.waited(now - request.arrivedAt, true)
    if (!queue) return
    queue.begin(request)
    queue.seatsInUse += seats
  }

  #release({ queue, schema, seats, reserved }: FlowRequest, now: number): void {
    this.seatsInUse -= seats
    if (reserved) this.#reservedInUse -= seats
    schema.executingSeats -= seats
    if (queue) queue.seatsInUse -= seats
    this.#dispatch(now)
    this.#usage.note(this, now)
  }

  #reject(request: FlowRequest, reason: RejectReason, now: number): void {
    request.state = 'rejected'
    this.rejected++
    request.schema.rejected[reason]++
    request.schema.waited(now - request.arrivedAt, false)
  }
}
