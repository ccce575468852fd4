import type { Filter } from '../handler-chain.js'
import { writeText } from '../text.js'

/** Whatever nobody caught: the client hears that it happened, the log what it was. */
export function withPanicRecovery(onPanic: (err: unknown) => void): Filter {
  return async (ctx, next) => {
    try {
      await next()
    } catch (err) {
      onPanic(err)
      if (ctx.response.headersSent) ctx.response.destroy()
      else writeText(ctx, 500, 'This request caused apiserver to panic. Look in the logs for details.\n')
    }
  }
}
