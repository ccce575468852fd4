import type { UserInfo } from '../meta/context.js'
import { adjustBorrowing, BORROWING_ADJUSTMENT_PERIOD } from './borrowing.js'
import type { ClassifiedSchema } from './classified-schema.js'
import { type Clock, systemClock } from './clock.js'
import { configure } from './configuration.js'
import { DroppedRequests } from './dropped-requests.js'
import { EventLoopPace } from './event-loop-pace.js'
import { FlowRequest } from './fairqueuing/flow-request.js'
import type { FlowControllerOptions } from './options.js'
import type { PriorityLevel } from './priority-level.js'
import { CATCH_ALL } from './priority-level-configuration.js'
import type { RequestDigest } from './rules.js'
import { WatchTracker } from './watch-tracker.js'
import { type LazyQuery, WorkEstimator } from './work-estimator.js'

const MAX_WAIT_LIMIT = 60_000
const DEFAULT_WAIT_LIMIT = 15_000
const MAX_USERS = 128

/**
 * API Priority and Fairness (KEP-1040): decides which requests are executed now, which wait, and which are turned away,
 * so that no client takes what others need.
 *
 * @example
 * ```ts
 * const flowControl = new FlowController({ totalConcurrency: 100 })
 * const schema = flowControl.classify({ user, requestInfo })
 * const request = flowControl.start(schema, { user, requestInfo }, () => query)
 * if (request.state === 'executing' || (await request.wait(signal, 15_000))) {
 *   try { await serve() } finally { request.finish() }
 * }
 * ```
 */
export class FlowController {
  readonly clock: Clock
  readonly levels: readonly PriorityLevel[]
  /** In the order in which they are asked. */
  readonly schemas: readonly ClassifiedSchema[]
  readonly watches = new WatchTracker()
  /** The fraction of its demand that every level got at the last adjustment, where no bound held it. */
  fairFraction = 0
  readonly #catchAll: ClassifiedSchema
  readonly #byUser = new Map<UserInfo, readonly ClassifiedSchema[]>()
  readonly #estimator: WorkEstimator
  readonly #requestWaitLimit: number
  readonly #pace: EventLoopPace
  readonly #dropped = new Map<PriorityLevel, DroppedRequests>()
  #stopTimer: () => void = () => {}
  #closed = false

  /**
   * Begins to adjust limits to demand at once, see {@link close}.
   *
   * @throws Error that names every field of the given objects that cannot be worked with.
   */
  constructor(options: FlowControllerOptions = {}) {
    this.clock = options.clock ?? systemClock
    this.#pace = new EventLoopPace(this.clock)
    const { levels, schemas } = configure(options, this.clock, this.#pace)
    this.levels = levels
    this.schemas = schemas
    this.#catchAll = schemas.find(({ name }) => name === CATCH_ALL)!
    this.#estimator = new WorkEstimator(options.objectCount ?? (() => undefined), this.watches)
    this.#requestWaitLimit = Math.min(options.requestWaitLimit ?? DEFAULT_WAIT_LIMIT, MAX_WAIT_LIMIT)
    for (const level of levels) this.#dropped.set(level, new DroppedRequests())
    this.#adjust()
  }

  /** The first schema that matches. */
  classify(digest: RequestDigest): ClassifiedSchema {
    for (const schema of this.#schemasOf(digest.user)) if (schema.matches(digest)) return schema
    return this.#catchAll
  }

  /** The schemas that are about a user, kept for users whom authentication gives again and again. */
  #schemasOf(user: UserInfo): readonly ClassifiedSchema[] {
    const known = this.#byUser.get(user)
    if (known !== undefined) return known
    const schemas = this.schemas.filter((schema) => schema.isAbout(user))
    if (this.#byUser.size >= MAX_USERS) this.#byUser.clear()
    this.#byUser.set(user, schemas)
    return schemas
  }

  /** Takes a request in; afterwards it is executing, waiting or rejected. Never waits itself. */
  start(schema: ClassifiedSchema, digest: RequestDigest, query: LazyQuery): FlowRequest {
    const { level, stats } = schema
    const estimate = this.#estimator.estimate(digest.requestInfo, query, level.maxSeats, stats)
    const request = new FlowRequest(digest, stats, schema.flowOf(digest), estimate, level.queueSet)
    stats.estimatedSeats.observe(request.seats)
    level.queueSet.start(request)
    return request
  }

  /**
   * How long a request may wait in its queue: a quarter of the time that it has, at most a minute.
   *
   * @param arrivedAt milliseconds since the epoch, as is the deadline.
   * @returns milliseconds from now on.
   */
  waitLimit(arrivedAt: number, deadline: number | undefined): number {
    const limit = deadline === undefined ? this.#requestWaitLimit : (deadline - arrivedAt) / 4
    return arrivedAt + Math.min(limit, MAX_WAIT_LIMIT) - this.clock.date()
  }

  /** Notes that a request of a level was turned away; tells after how many seconds its client shall try again. */
  retryAfter(level: PriorityLevel): number {
    const dropped = this.#dropped.get(level)!
    dropped.record(this.clock.date())
    return dropped.retryAfter
  }

  /** Ends the adjustment of limits. Requests go on as they are. */
  close(): void {
    this.#closed = true
    this.#pace.stop()
    this.#stopTimer()
  }

  #adjust(): void {
    this.fairFraction = adjustBorrowing(this.levels, this.clock.now())
    if (!this.#closed) this.#stopTimer = this.clock.after(BORROWING_ADJUSTMENT_PERIOD, () => this.#adjust())
  }
}
