import type { RequestContext } from '../../endpoints/index.js'
import type { Filter } from '../handler-chain.js'
import type { Logger } from '../logger.js'
import { finalStatus, whenSettled } from '../settle.js'
import { Trace } from '../trace.js'

/** The traces of requests while they are served. */
const traces = new WeakMap<RequestContext, Trace>()

/** Logs every request that takes longer than `thresholdMs`, and what it spent its time on. What lasts is not slow. */
export function withTrace(logger: Logger, thresholdMs: number, lasts: (ctx: RequestContext) => boolean): Filter {
  return (ctx, next) => {
    if (lasts(ctx)) return next()
    const trace = new Trace('HTTP request')
    traces.set(ctx, trace)
    return whenSettled(next, (failed) => {
      trace.step('answered')
      const { request, response, requestInfo } = ctx
      trace.logIfLong(thresholdMs, logger, {
        verb: requestInfo?.verb ?? request.method,
        path: ctx.path.slice(0, 1024),
        auditID: ctx.auditID,
        resp: finalStatus(response, failed),
      })
    })
  }
}

/** Says that all filters before it are through. */
export function withTraceStep(step: string): Filter {
  return (ctx, next) => {
    traces.get(ctx)?.step(step)
    return next()
  }
}
