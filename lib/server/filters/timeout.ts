import { deadlineExceeded, type RequestContext, writeStatus } from '../../endpoints/index.js'
import type { Filter } from '../handler-chain.js'
import { whenSettled } from '../settle.js'

/**
 * Ends at its deadline what is still under way of a request (a body that trickles in, a list that nobody reads, a handler
 * that does not return): 504 while there is time to say so. A write that was sent to the store runs to its end there.
 * What has no deadline is left alone.
 */
export const withTimeoutForNonLongRunningRequests: Filter = (ctx, next) => {
  if (ctx.deadline === undefined) return next()
  const timer = setTimeout(() => void cut(ctx), Math.max(0, ctx.deadline - Date.now()))
  return whenSettled(next, () => clearTimeout(timer))
}

/** 504, or else the end of the connection: an answer that stops halfway must not look whole. */
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
