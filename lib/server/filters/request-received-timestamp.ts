import type { RequestContext } from '../../endpoints/index.js'
import type { Filter } from '../handler-chain.js'

/** When a request was received, in milliseconds since the epoch. */
export type ReceivedAt = (ctx: RequestContext) => number

/**
 * Notes when a request was received: deadlines, latencies and the audit log count from there. Without this filter it is
 * when one of them asks first.
 *
 * @param receivedAt default: now
 * @example
 * ```ts
 * // behind a proxy that queues requests and says since when
 * withRequestReceivedTimestamp(({ request }) => Number(request.headers['x-queue-start']) || Date.now())
 * ```
 */
export function withRequestReceivedTimestamp(receivedAt: ReceivedAt = Date.now): Filter {
  return (ctx, next) => {
    ctx.startedAt = receivedAt(ctx)
    return next()
  }
}
