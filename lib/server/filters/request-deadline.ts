import { deadlineExceeded, type RequestContext, writeStatus } from '../../endpoints/index.js'
import { badRequest } from '../../meta/errors.js'
import { parseDuration } from '../../meta/go/index.js'
import type { Filter } from '../handler-chain.js'

/** Longest that anything but a watch may take, and what holds when the client does not say. */
const MAX_REQUEST_MS = 60_000

/**
 * Gives every request but a watch a deadline: the client's `timeout` (a Go duration), at most a minute. Storage is told
 * of it; whatever else is under way then (a body that trickles in, a list that nobody reads) is ended here.
 */
export const withRequestDeadline: Filter = (ctx, next) => {
  if (ctx.requestInfo?.verb === 'watch') return next()
  const asked = ctx.request.url?.includes('timeout=') ? ctx.query.get('timeout') : null
  let milliseconds = MAX_REQUEST_MS
  if (asked) {
    try {
      const wanted = parseDuration(asked)
      if (wanted > 0 && wanted < MAX_REQUEST_MS) milliseconds = wanted
    } catch (err) {
      return writeStatus(
        ctx,
        badRequest(`invalid timeout specified in the request URL - ${(err as Error).message}`).status,
      )
    }
  }
  ctx.deadline = ctx.startedAt + milliseconds
  return endAtDeadline(ctx, milliseconds, next)
}

function endAtDeadline(
  ctx: RequestContext,
  milliseconds: number,
  next: () => Promise<void> | void,
): Promise<void> | void {
  const timer = setTimeout(() => void cut(ctx), milliseconds)
  const result = next()
  if (!result) return clearTimeout(timer)
  return result.finally(() => clearTimeout(timer))
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
