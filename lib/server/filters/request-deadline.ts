import type { Audit } from '../../audit/index.js'
import { type RequestContext, writeStatus } from '../../endpoints/index.js'
import { badRequest } from '../../meta/errors.js'
import { parseDuration } from '../../meta/go/index.js'
import type { Filter } from '../handler-chain.js'
import { isLongRunning, type LongRunningRequestCheck } from '../long-running.js'
import { auditFailedRequest } from './failed-request-audit.js'

/** Longest that anything but a watch may take, and what holds when the client does not say. */
const MAX_REQUEST_MS = 60_000

/** What {@link withRequestDeadline} takes. */
export interface RequestDeadlineOptions {
  /** Which requests are meant to last: they get no deadline. Default: a kube-apiserver's. */
  readonly lasts?: LongRunningRequestCheck | undefined
  /** Milliseconds. Default 60,000. */
  readonly maxMs?: number | undefined
  /** Told of requests that are refused here. */
  readonly audit?: Audit | undefined
}

/**
 * Gives every request that is not meant to last a deadline: the client's `timeout` (a Go duration), at most `maxMs`. A
 * `timeout` that is none is answered 400. Storage keeps to the deadline; whatever else is under way then is ended by
 * {@link withTimeoutForNonLongRunningRequests}.
 *
 * @example
 * ```ts
 * handlerChain([withRequestInfo, withRequestDeadline({ maxMs: 10_000 })], serve)
 * ```
 */
export function withRequestDeadline(options: RequestDeadlineOptions = {}): Filter {
  const { lasts = isLongRunning, maxMs = MAX_REQUEST_MS, audit } = options
  return (ctx, next) => {
    if (ctx.requestInfo && lasts(ctx.requestInfo)) return next()
    const asked = ctx.head.url.includes('timeout=') ? ctx.query.get('timeout') : null
    let milliseconds = maxMs
    if (asked) {
      try {
        const wanted = parseDuration(asked)
        if (wanted > 0 && wanted < maxMs) milliseconds = wanted
      } catch (err) {
        return refuse(ctx, audit, `invalid timeout specified in the request URL - ${(err as Error).message}`)
      }
    }
    ctx.deadline = ctx.startedAt + milliseconds
    return next()
  }
}

function refuse(ctx: RequestContext, audit: Audit | undefined, why: string): Promise<void> {
  if (audit) auditFailedRequest(ctx, audit, () => why)
  return writeStatus(ctx, badRequest(why).status)
}
