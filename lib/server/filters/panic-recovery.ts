import type { RequestContext } from '../../endpoints/index.js'
import type { Filter } from '../handler-chain.js'
import { writeText } from '../text.js'

/**
 * Whatever nobody caught: the client hears that it happened, the log what it was. An answer that has begun is broken off,
 * so that nobody takes it for whole; what fails because its client left is no news.
 */
export function withPanicRecovery(onPanic: (ctx: RequestContext, err: unknown) => void): Filter {
  return async (ctx, next) => {
    try {
      await next()
    } catch (err) {
      if (!(ctx.gone && isAbort(err))) onPanic(ctx, err)
      if (ctx.response.headersSent) ctx.response.destroy()
      else writeText(ctx, 500, 'This request caused apiserver to panic. Look in the logs for details.\n')
    }
  }
}

const isAbort = (err: unknown): boolean => err instanceof Error && err.name === 'AbortError'
