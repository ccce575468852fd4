import { deadlineExceeded, type RequestContext, writeStatus } from '../../endpoints/index.js'
import { badRequest } from '../../meta/errors.js'
import { parseDuration } from '../../meta/go/index.js'
import type { Filter } from '../handler-chain.js'
import { isLongRunning, type LongRunningRequestCheck } from '../long-running.js'
import { whenSettled } from '../settle.js'

/** Longest that anything but a watch may take, and what holds when the client does not say. */
const MAX_REQUEST_MS = 60_000

/**
 * Gives every request that is not meant to last a deadline: the client's `timeout` (a Go duration), at most `maxMs`.
 * Storage is told of it; whatever else is under way then (a body that trickles in, a list that nobody reads) is ended
 * here. A write that was sent to the store runs to its end there.
 */
export function withRequestDeadline(lasts: LongRunningRequestCheck = isLongRunning, maxMs = MAX_REQUEST_MS): Filter {
  return (ctx, next) => {
    if (ctx.requestInfo && lasts(ctx.requestInfo)) return next()
    const asked = ctx.request.url?.includes('timeout=') ? ctx.query.get('timeout') : null
    let milliseconds = maxMs
    if (asked) {
      try {
        const wanted = parseDuration(asked)
        if (wanted > 0 && wanted < maxMs) milliseconds = wanted
      } catch (err) {
        const why = `invalid timeout specified in the request URL - ${(err as Error).message}`
        return writeStatus(ctx, badRequest(why).status)
      }
    }
    ctx.deadline = ctx.startedAt + milliseconds
    return endAtDeadline(ctx, milliseconds, next)
  }
}

function endAtDeadline(
  ctx: RequestContext,
  milliseconds: number,
  next: () => Promise<void> | void,
): Promise<void> | void {
  const timer = setTimeout(() => void cut(ctx), milliseconds)
  return whenSettled(next, () => clearTimeout(timer))
}

/** 504 while there is time to say so, else the end of the connection: an answer that stops halfway must not look whole. */
async function cut(ctx: RequestContext): Promise<void> {
  const { response } = ctx
  if (response.headersSent) {
    ctx.abort()
    response.destroy()
    return
  }
  // The rest of a body would be taken for the next request.
  if (ctx.request.httpVersionMajor < 2 && !ctx.request.complete) response.setHeader('Connection', 'close')
  await writeStatus(ctx, deadlineExceeded().status)
  ctx.abort()
}
