import { writeStatus } from '../../endpoints/index.js'
import { badRequest } from '../../meta/errors.js'
import { parseDuration } from '../../meta/go/index.js'
import type { Filter } from '../handler-chain.js'

/** Longest that anything but a watch may take, and what holds when the client does not say. */
const MAX_REQUEST_MS = 60_000

/** Gives every request but a watch a deadline: the client's `timeout` (a Go duration), at most a minute. */
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
  return next()
}
