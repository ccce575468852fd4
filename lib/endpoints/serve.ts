import { internalError, timeout } from '../meta/errors.js'
import type { StatusError } from '../meta/status.js'
import type { RouteFunction } from '../restful/index.js'
import type { RequestContext } from './request/request-context.js'
import type { Handler } from './request-scope.js'
import { writeError } from './response/error.js'

/** 504: what a request hears whose time is over, whoever notices first. */
export const deadlineExceeded = (): StatusError =>
  timeout('request did not complete within requested timeout - context deadline exceeded')

/** A route function that runs a handler, answers what it throws with a Status, and ends what it left running. */
export function serve(handler: Handler, warning?: string): RouteFunction<RequestContext> {
  return async ({ context }) => {
    if (warning !== undefined) context.warn(warning)
    try {
      await handler(context)
    } catch (err) {
      await writeError(context, isTooLate(context) ? deadlineExceeded() : answerable(context, err))
    }
  }
}

/** A mistake in a program (a hook's, or ours) is for the log; its words would tell a client of code. */
function answerable(ctx: RequestContext, err: unknown): unknown {
  if (!MISTAKES.some((mistake) => err instanceof mistake)) return err
  ctx.report(err)
  return internalError('an unexpected error, which the log of the server tells')
}

const MISTAKES = [TypeError, ReferenceError, RangeError]

const isTooLate = (ctx: RequestContext): boolean => ctx.deadline !== undefined && Date.now() >= ctx.deadline
