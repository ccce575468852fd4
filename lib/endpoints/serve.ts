import { timeout } from '../meta/errors.js'
import type { RouteFunction } from '../restful/index.js'
import type { RequestContext } from './request/request-context.js'
import type { Handler } from './request-scope.js'
import { writeError } from './response/error.js'

const TOO_LATE = 'request did not complete within requested timeout - context deadline exceeded'

/** A route function that runs a handler, answers what it throws with a Status, and ends what it left running. */
export function serve(handler: Handler, warning?: string): RouteFunction<RequestContext> {
  return async ({ context }) => {
    if (warning !== undefined) context.warn(warning)
    try {
      await handler(context)
    } catch (err) {
      await writeError(context, isTooLate(context) ? timeout(TOO_LATE) : err)
    }
  }
}

const isTooLate = (ctx: RequestContext): boolean => ctx.deadline !== undefined && Date.now() >= ctx.deadline
