import type { RequestContext } from '../../endpoints/index.js'
import type { Filter } from '../handler-chain.js'
import { writeText } from '../text.js'

/**
 * Whatever nobody caught: the client hears that it happened, the log what it was. An answer that has begun is broken off,
 * so that nobody takes it for whole; what fails because its client left is no news.
 */
export function withPanicRecovery(onPanic: (ctx: RequestContext, err: unknown) => void): Filter {
  const recover = (ctx: RequestContext, err: unknown): void => {
    if (!(ctx.gone && isAbort(err))) onPanic(ctx, err)
    if (ctx.response.headersSent) ctx.response.destroy()
    else writeText(ctx, 500, 'This request caused apiserver to panic. Look in the logs for details.\n')
  }
  return (ctx, next) => {
    try {
      const served = next()
      if (served) return served.catch((err: unknown) => recover(ctx, err))
    } catch (err) {
      recover(ctx, err)
    }
  }
}

const isAbort = (err: unknown): boolean => err instanceof Error && err.name === 'AbortError'
