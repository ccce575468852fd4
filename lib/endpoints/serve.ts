import { timeout } from '../meta/errors.js'
import type { StatusError } from '../meta/status.js'
import type { RouteFunction } from '../restful/index.js'
import type { RequestContext } from './request/request-context.js'
import type { Handler } from './request-scope.js'
import { answerable } from './response/answerable.js'
import { writeError } from './response/error.js'

/** 504: what a request hears whose time is over, whoever notices first. */
export const deadlineExceeded = (): StatusError =>
  timeout('request did not complete within requested timeout - context deadline exceeded')

/**
 * A route function that runs a handler, answers what it throws with a Status, and ends what it left running. Only errors of this
 * server's own are told to the client; others are told to the log, with the request's id.
 */
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

const isTooLate = (ctx: RequestContext): boolean => ctx.deadline !== undefined && Date.now() >= ctx.deadline
