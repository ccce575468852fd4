import type { Clock } from '../clock.js'
import type { LevelUsage, Occupancy } from '../metrics/level-usage.js'
import type { FlowRequest, RejectReason, SeatHolder } from './flow-request.js'
import { RequestQueue } from './request-queue.js'

/** How a priority level treats what arrives. */
export interface QueueSetOptions {
  readonly clock: Clock
  readonly usage: LevelUsage
  /** 0 = no queues: what finds no seat is turned away. */
  readonly queues: number
  readonly queueLengthLimit: number
  /** Everything is executed at once; seats are only counted. */
  readonly exempt: boolean
}

/**
 * A priority level's seats and queues: fair queuing for server requests (KEP-1040).
 *
 * Virtual time R is the seat-seconds that every queue with something to do would have been served by now, had all been
 * served equally of what was served (not, as in Kubernetes, of what could have been: seats that a wide request has to wait
 * for would let all queues fall behind R, and then who came first goes first). A request is dispatched from the queue where it would be done first in virtual time, had the queue had its
 * fair share all along; how long it really took is charged to its queue afterwards. A request that would be next but
 * needs more seats than are free holds up the others: so the wide ones get their turn too.
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
  readonly queues: readonly RequestQueue<FlowRequest>[]
  readonly executing = new Set<FlowRequest>()
  /** Virtual time, in seat-seconds. */
  currentR = 0
  /** Virtual times of the last dispatch: now, and where its queue was. */
  dispatchR = 0
  latestS = 0
  readonly #clock: Clock
  readonly #usage: LevelUsage
  readonly #queueLengthLimit: number
  readonly #exempt: boolean
  #limit = 0
  /** Seats at which work is done that queues are charged for; fewer than are in use, when some are kept for later. */
  #seatsServed = 0
  #syncedAt: number
  /** Queues with something waiting or executing. */
  #activeQueues = 0
  /** The queue that was served last: in a draw, the others go before it. */
  #robin = 0
  #enqueued = 0

  constructor({ clock, usage, queues, queueLengthLimit, exempt }: QueueSetOptions) {
    this.#clock = clock
    this.#usage = usage
    this.#queueLengthLimit = queueLengthLimit
    this.#exempt = exempt
    this.#syncedAt = clock.now()
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
    const now = this.#sync()
    this.#limit = seats
    this.#dispatch(now)
    this.#usage.resize(seats, this, now)
  }

  after(milliseconds: number, callback: () => void): () => void {
    return this.#clock.after(milliseconds, callback)
  }

  /**
   * Takes a request in; afterwards it is executing, waiting or rejected.
   *
   * @param hand the queues that its flow may wait in.
   */
  start(request: FlowRequest, hand: readonly number[]): void {
    const now = this.#sync()
    request.arrivedAt = now
    if (this.queues.length === 0) this.#startWithoutQueue(request, now)
    else this.#startFromQueue(request, this.#choose(hand), now)
    this.#usage.note(this, now)
  }

  #startWithoutQueue(request: FlowRequest, now: number): void {
    if (this.#fits(request)) this.#execute(request, now)
    else this.#reject(request, 'concurrency-limit', now)
  }

  #startFromQueue(request: FlowRequest, queue: RequestQueue<FlowRequest>, now: number): void {
    if (queue.length >= this.#queueLengthLimit) {
      this.#reject(request, 'queue-full', now)
      return
    }
    request.queue = queue
    request.arrivalR = this.currentR
    request.expect(queue.estimatedSeconds)
    // An idle queue has no claim from the past; a busy one never more than from the arrival of who waits longest.
    if (queue.length === 0)
      queue.nextDispatchR = queue.active ? Math.max(queue.nextDispatchR, this.currentR) : this.currentR
    request.schema.queueLength.observe(queue.length + 1)
    if (this.requestsWaiting === 0 && this.seatsInUse < this.#limit && this.#fits(request)) {
      this.#robin = queue.index
      this.#execute(request, now)
      return
    }
    this.#enqueue(request, queue)
    this.#dispatch(now)
  }

  /** Ends an executing request; seats that its consequences take are given back later. */
  finish(request: FlowRequest): void {
    if (request.state !== 'executing') return
    const now = this.#sync()
    request.state = 'finished'
    const milliseconds = now - request.startedAt
    const { queue, schema } = request
    this.requestsExecuting--
    this.executing.delete(request)
    schema.executingRequests--
    schema.executed(milliseconds, request.digest.requestInfo)
    if (queue) this.#charge(request, queue, milliseconds / 1000)
    this.#seatsServed -= request.initialSeats
    if (request.additionalLatency > 0) this.#linger(request)
    else this.#release(request)
    this.#dispatch(now)
    this.#usage.note(this, now)
  }

  /** Takes a waiting request out of its queue, which rejects it. */
  leave(request: FlowRequest, reason: 'time-out' | 'cancelled'): void {
    if (request.state !== 'waiting') return
    const now = this.#sync()
    this.#dequeue(request)
    if (request.queue) this.#boundToArrival(request.queue)
    if (reason === 'cancelled') this.cancelled++
    else this.timedOut++
    this.#reject(request, reason, now)
    request.decided()
    // It may have been the wide one that held up the others.
    this.#dispatch(now)
    this.#usage.note(this, now)
  }

  /** Brings virtual time up to date; to be called before anything changes. */
  #sync(): number {
    const now = this.#clock.now()
    if (this.#activeQueues > 0)
      this.currentR += ((now - this.#syncedAt) / 1000) * (this.#seatsServed / this.#activeQueues)
    this.#syncedAt = now
    return now
  }

  /** Of a hand, the queue with the least work waiting; equal ones take turns, so that hands that overlap are no bias. */
  #choose(hand: readonly number[]): RequestQueue<FlowRequest> {
    const first = this.#enqueued++ % hand.length
    let best: RequestQueue<FlowRequest> | undefined
    for (let turn = 0; turn < hand.length; turn++) {
      const queue = this.queues[hand[(first + turn) % hand.length] as number] as RequestQueue<FlowRequest>
      if (!best || queue.totalWorkSum < best.totalWorkSum) best = queue
    }
    return best as RequestQueue<FlowRequest>
  }

  /** A request wider than the level runs when it is alone: else it would wait for ever. */
  #fits({ seats }: FlowRequest): boolean {
    if (this.#exempt || this.seatsInUse + seats <= this.#limit) return true
    return seats > this.#limit && this.seatsInUse === 0
  }

  #dispatch(now: number): void {
    while (this.requestsWaiting > 0 && this.seatsInUse < this.#limit) {
      const queue = this.#nextQueue()
      const request = queue.head as FlowRequest
      if (!this.#fits(request)) {
        request.schema.noAccommodation++
        return
      }
      this.#robin = queue.index
      this.#dequeue(request)
      this.#execute(request, now)
      this.#boundToArrival(queue)
      request.decided()
    }
  }

  /** The queue whose first request would be done first in virtual time. */
  #nextQueue(): RequestQueue<FlowRequest> {
    const { queues } = this
    let best: RequestQueue<FlowRequest> | undefined
    let bestFinishR = Number.POSITIVE_INFINITY
    for (let turn = 1; turn <= queues.length; turn++) {
      const queue = queues[(this.#robin + turn) % queues.length] as RequestQueue<FlowRequest>
      if (!queue.head) continue
      const finishR = queue.nextDispatchR + queue.head.workOf(queue.estimatedSeconds)
      if (finishR < bestFinishR) {
        best = queue
        bestFinishR = finishR
      }
    }
    return best as RequestQueue<FlowRequest>
  }

  #enqueue(request: FlowRequest, queue: RequestQueue<FlowRequest>): void {
    if (!queue.active) this.#activeQueues++
    queue.enqueue(request)
    this.requestsWaiting++
    this.seatsWaiting += request.seats
    request.schema.inqueueRequests++
    request.schema.inqueueSeats += request.seats
  }

  #dequeue(request: FlowRequest): void {
    const queue = request.queue as RequestQueue<FlowRequest>
    queue.remove(request)
    if (!queue.active) this.#activeQueues--
    this.requestsWaiting--
    this.seatsWaiting -= request.seats
    request.schema.inqueueRequests--
    request.schema.inqueueSeats -= request.seats
  }

  #execute(request: FlowRequest, now: number): void {
    if (!this.#exempt && this.#limit > 0 && request.finalSeats > this.#limit) request.narrowFinalSeats(this.#limit)
    const { queue, schema, seats } = request
    request.state = 'executing'
    request.startedAt = now
    this.executing.add(request)
    this.requestsExecuting++
    this.dispatched++
    this.seatsInUse += seats
    this.#seatsServed += request.initialSeats
    schema.dispatched++
    schema.executingRequests++
    schema.executingSeats += seats
    if (!this.#exempt) schema.waited(now - request.arrivedAt, true)
    if (!queue) return
    if (!queue.active) this.#activeQueues++
    queue.executing++
    queue.seatsInUse += seats
    // More may be known by now than when it was enqueued.
    request.expect(queue.estimatedSeconds)
    this.dispatchR = this.currentR
    this.latestS = queue.nextDispatchR
    queue.nextDispatchR += request.totalWork
  }

  /** The queue was charged an estimate; now it is known what the request took. */
  #charge({ initialSeats, estimatedSeconds }: FlowRequest, queue: RequestQueue<FlowRequest>, seconds: number): void {
    queue.executing--
    if (!queue.active) this.#activeQueues--
    queue.nextDispatchR += initialSeats * (seconds - estimatedSeconds)
    queue.learn(seconds)
    this.#boundToArrival(queue)
  }

  /** The answer is out, its consequences take seats for a while. */
  #linger(request: FlowRequest): void {
    this.#seatsServed += request.finalSeats
    this.#clock.after(request.additionalLatency, () => {
      const now = this.#sync()
      this.#seatsServed -= request.finalSeats
      this.#release(request)
      this.#dispatch(now)
      this.#usage.note(this, now)
    })
  }

  #release({ queue, schema, seats }: FlowRequest): void {
    this.seatsInUse -= seats
    schema.executingSeats -= seats
    if (queue) queue.seatsInUse -= seats
  }

  #reject(request: FlowRequest, reason: RejectReason, now: number): void {
    request.state = 'rejected'
    this.rejected++
    request.schema.rejected[reason]++
    request.schema.waited(now - request.arrivedAt, false)
  }

  /** A queue that could not use its share earns no claim to more later: nothing is dispatched before it arrived. */
  #boundToArrival(queue: RequestQueue<FlowRequest>): void {
    if (queue.head && queue.nextDispatchR < queue.head.arrivalR) queue.nextDispatchR = queue.head.arrivalR
  }
}
