import { LinkedList } from '../../meta/linked-list.js'
import type { Clock } from '../clock.js'
import type { LevelUsage, Occupancy } from '../metrics/level-usage.js'
import type { FlowRequest, RejectReason, SeatHolder } from './flow-request.js'
import { RequestQueue } from './request-queue.js'
import { type Pace, Seats } from './seats.js'

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
 * Wide requests are held back besides while the event loop is behind. Apart from that, and from the seats that are kept for
 * flows that have none, no seats are free while somebody waits whose turn it is and who fits.
 */
export class QueueSet implements SeatHolder, Occupancy {
  seatsWaiting = 0
  requestsWaiting = 0
  requestsExecuting = 0
  dispatched = 0
  rejected = 0
  timedOut = 0
  cancelled = 0
  readonly queues: readonly Queue[]
  readonly executing = new LinkedList<FlowRequest>()
  /** How far the queue was in virtual time that was dispatched from, in seat-seconds; never goes back. */
  currentR = 0
  readonly #clock: Clock
  readonly #usage: LevelUsage
  readonly #queueLengthLimit: number
  readonly #exempt: boolean
  readonly #pace: Pace
  readonly #seats: Seats
  /** Requests that were put into queues; takes hands in turn. */
  #enqueued = 0

  constructor({ clock, usage, queues, queueLengthLimit, exempt, pace }: QueueSetOptions) {
    this.#pace = pace
    this.#clock = clock
    this.#usage = usage
    this.#queueLengthLimit = queueLengthLimit
    this.#exempt = exempt
    this.#seats = new Seats({ exempt, shared: queues > 1, pace })
    this.queues = Array.from({ length: queues }, (_, index) => new RequestQueue<FlowRequest>(index))
  }

  get idle(): boolean {
    return this.requestsWaiting === 0 && this.requestsExecuting === 0
  }

  get seatsInUse(): number {
    return this.#seats.inUse
  }

  /** Seats that may be in use at once; what is executing when they become fewer is left to end. */
  get limit(): number {
    return this.#seats.limit
  }

  set limit(seats: number) {
    const now = this.#clock.now()
    this.#seats.limit = seats
    this.#dispatch(now)
    this.#usage.resize(seats, this, now)
  }

  /** Of the limit, seats that only flows may take of which nothing is being executed. */
  get reserve(): number {
    return this.#seats.reserve
  }

  /** Seats of the reserve that are in use. */
  get reservedInUse(): number {
    return this.#seats.reservedInUse
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
    if (this.#seats.fit(request)) this.#execute(request, now)
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
    if (this.requestsWaiting === 0 && this.limit > 0 && this.#mayBegin(request)) {
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
    const { queue, schema, additionalLatency } = request
    this.#seats.end(request)
    this.requestsExecuting--
    if (request.place) this.executing.remove(request.place)
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

  /** Of a hand, the queue with room where it would be its turn first; while nobody waits, all in turn. */
  #choose(hand: readonly number[], now: number): Queue {
    const first = this.#enqueued++ % hand.length
    let best = this.queues[hand[first] as number] as Queue
    if (this.requestsWaiting === 0) return best
    let bestR = this.#turnR(best, now)
    for (let turn = 1; turn < hand.length; turn++) {
      const queue = this.queues[hand[(first + turn) % hand.length] as number] as Queue
      const turnR = this.#turnR(queue, now)
      if (turnR >= bestR) continue
      best = queue
      bestR = turnR
    }
    return best
  }

  /** Virtual time at which it would be the turn of one more. */
  #turnR(queue: Queue, now: number): number {
    if (queue.length >= this.#queueLengthLimit) return Number.POSITIVE_INFINITY
    return queue.nextDispatchR(now) + queue.totalWorkSum
  }

  #mayBegin(request: FlowRequest): boolean {
    const seats = this.#seats
    return seats.inPace(request) && (seats.fit(request) || seats.fitReserve(request))
  }

  readonly #inPace = (request: FlowRequest): boolean => this.#seats.inPace(request)
  readonly #fitsReserve = (request: FlowRequest): boolean =>
    this.#seats.inPace(request) && this.#seats.fitReserve(request)

  #dispatch(now: number): void {
    while (this.requestsWaiting > 0 && this.seatsInUse < this.limit) {
      const queue = this.#nextQueue(now, this.#inPace)
      if (!queue) return
      const request = queue.head as FlowRequest
      if (this.#seats.fit(request)) this.#dispatchFrom(queue, now)
      else {
        request.schema.noAccommodation++
        const newcomer = this.reservedInUse < this.reserve && this.#nextQueue(now, this.#fitsReserve)
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
    this.#seats.take(request)
    const { queue, schema, seats } = request
    request.state = 'executing'
    request.startedAt = now
    request.place = this.executing.add(request)
    this.requestsExecuting++
    this.dispatched++
    schema.dispatched++
    schema.executingRequests++
    schema.executingSeats += seats
    if (!this.#exempt) schema.waited(now - request.arrivedAt, true)
    if (!queue) return
    queue.begin(request)
    queue.seatsInUse += seats
  }

  #release(request: FlowRequest, now: number): void {
    const { queue, schema, seats } = request
    this.#seats.giveBack(request)
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
