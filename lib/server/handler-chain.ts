import type { RequestContext } from '../endpoints/index.js'

/**
 * Stands before everything behind it; not calling `next` ends the request here. What `next` gives is over when the answer
 * is: return it, or wait for it. Headers for the answer go into `ctx.headers`; a `StatusError` that is thrown, such as
 * `forbidden(…)` or `tooManyRequests(…)`, is the answer; any other error is a 500 and goes to the log.
 *
 * @example
 * ```ts
 * const quota: Filter = async (ctx, next) => {
 *   if (await isUsedUp(ctx.user.name)) throw tooManyRequests('your quota is used up', 60)
 *   return next()
 * }
 * ```
 */
export type Filter = (ctx: RequestContext, next: () => Promise<void> | void) => Promise<void> | void

/** Filters that can take their time; where slow requests are logged, one behind each of them notes when it was through. */
export type SlowFilterName = 'Authentication' | 'Impersonation' | 'PriorityAndFairness' | 'Authorization'

/** The server's own filters, the outermost first; which of them are there is for the options to say. */
export type OwnFilterName =
  | 'AuditAnnotations'
  | 'PanicRecovery'
  | 'RequestReceivedTimestamp'
  | 'RequestInfo'
  | 'Metrics'
  | 'Tracing'
  | 'HTTPLogging'
  | 'Trace'
  | 'RetryAfterOnShutdown'
  | 'HSTS'
  | 'CacheControl'
  | 'ProbabilisticGoaway'
  | 'WaitGroup'
  | 'RequestDeadline'
  | 'TimeoutForNonLongRunningRequests'
  | 'WarningRecorder'
  | 'CORS'
  | 'Audit'
  | 'MaxInFlightLimit'
  | SlowFilterName

/** The name of a filter in the chain: one of the server's own, or any other. */
export type FilterName = OwnFilterName | `TraceAfter${SlowFilterName}` | (string & Record<never, never>)

/** A filter and the name of its place in the chain, by which it can be found, replaced or left out. */
export interface NamedFilter {
  readonly name: FilterName
  readonly filter: Filter
}

/** Joins filters, the outermost first, and what they lead to. Composed once. */
export function handlerChain(
  filters: readonly Filter[],
  target: (ctx: RequestContext) => Promise<void> | void,
): (ctx: RequestContext) => Promise<void> | void {
  return filters.reduceRight<(ctx: RequestContext) => Promise<void> | void>(
    (next, filter) => (ctx) => filter(ctx, () => next(ctx)),
    target,
  )
}
