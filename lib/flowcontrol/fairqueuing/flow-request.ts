import type { Link } from '../../meta/linked-list.js'
import type { FlowSchemaStats } from '../metrics/flow-schema-stats.js'
import type { RequestDigest } from '../rules.js'
import type { WorkEstimate } from '../work-estimate.js'
import type { Queueable, RequestQueue } from './request-queue.js'

/** Why a request was turned away, in the words of `apiserver_flowcontrol_rejected_requests_total`. */
export type RejectReason = 'queue-full' | 'concurrency-limit' | 'time-out' | 'cancelled'

export type RequestState = 'waiting' | 'executing' | 'finished' | 'rejected'

/** Requests that are to be treated alike: those of one user, or of one namespace, in one flow schema. */
export interface Flow {
  readonly distinguisher: string
  /** The queues that it may wait in. */
  readonly hand: readonly number[]
  /** Its requests that are being executed. */
  executing: number
}

/** Who holds the seats. */
export interface SeatHolder {
  finish(request: FlowRequest): void
  leave(request: FlowRequest, reason: 'time-out' | 'cancelled'): void
  after(milliseconds: number, callback: () => void): () => void
}

/** One request on its way through its priority level. */
export class FlowRequest implements Queueable<FlowRequest> {
  /** @internal Written by the holder of the seats alone, like all that can change. */
  state: RequestState = 'waiting'
  /** `undefined` where there are no queues. */
  queue: RequestQueue<FlowRequest> | undefined
  /** Where it stands among all that are executed at its level. */
  place: Link<FlowRequest> | undefined
  /** Its place among all that ever came to a queue of its level. */
  order = 0
  before: FlowRequest | undefined
  behind: FlowRequest | undefined
  /** Whether its seats are of those kept for flows that have none. */
  reserved = false
  /** By the clock's `now`. */
  arrivedAt = 0
  /** By the clock's `now`; meaningless while waiting. */
  startedAt = 0
  readonly initialSeats: number
  finalSeats: number
  additionalLatency: number
  seats: number
  totalWork = 0
  readonly finalWork: number
  #decided: (() => void) | undefined

  constructor(
    readonly digest: RequestDigest,
    readonly schema: FlowSchemaStats,
    readonly flow: Flow,
    estimate: WorkEstimate,
    private readonly holder: SeatHolder,
  ) {
    const { initialSeats, finalSeats, additionalLatency } = estimate
    this.initialSeats = initialSeats
    this.finalSeats = finalSeats
    this.additionalLatency = additionalLatency
    this.seats = Math.max(initialSeats, finalSeats)
    this.finalWork = (finalSeats * additionalLatency) / 1000
  }

  /**
   * Resolves once it is decided whether the request is executed: true, and {@link finish} must be called when it is
   * done, or false.
   *
   * @param signal Aborted when nobody waits for the answer any more: the place in the queue is given up.
   * @param milliseconds How long it may wait.
   */
  wait(signal: AbortSignal, milliseconds: number): Promise<boolean> {
    const { holder } = this
    if (this.state === 'waiting' && signal.aborted) holder.leave(this, 'cancelled')
    if (this.state === 'waiting' && milliseconds <= 0) holder.leave(this, 'time-out')
    if (this.state !== 'waiting') return Promise.resolve(this.state === 'executing')
    return new Promise((resolve) => {
      const gone = () => holder.leave(this, 'cancelled')
      const stopTimer = holder.after(milliseconds, () => holder.leave(this, 'time-out'))
      signal.addEventListener('abort', gone)
      this.#decided = () => {
        stopTimer()
        signal.removeEventListener('abort', gone)
        resolve(this.state === 'executing')
      }
    })
  }

  /** Gives the seats back; a second call does nothing. */
  finish(): void {
    this.holder.finish(this)
  }

  /** @internal Fewer seats for longer: the same work in a level that has not so many. */
  narrowFinalSeats(seats: number): void {
    this.additionalLatency *= this.finalSeats / seats
    this.finalSeats = seats
    this.seats = Math.max(this.initialSeats, seats)
  }

  /** @internal Tells whoever waits that the state is another now. */
  decided(): void {
    this.#decided?.()
    this.#decided = undefined
  }
}
