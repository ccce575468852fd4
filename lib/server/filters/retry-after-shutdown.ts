import type { Filter } from '../handler-chain.js'
import type { Lifecycle } from '../lifecycle.js'
import { writeText } from '../text.js'

const ALWAYS_SERVED = ['/healthz', '/livez', '/readyz', '/metrics']

/** Once a server drains, new requests are told to come back later, to another connection; how it is it goes on telling. */
export function withRetryAfterOnShutdown(lifecycle: Lifecycle): Filter {
  return (ctx, next) => {
    if (!lifecycle.draining || ALWAYS_SERVED.some((path) => ctx.path.startsWith(path))) return next()
    ctx.response.setHeader('Retry-After', '5')
    // HTTP/2 has no such header: its connections end by frames.
    if (ctx.request.httpVersionMajor < 2) ctx.response.setHeader('Connection', 'close')
    return writeText(ctx, 429, 'The apiserver is shutting down, please try again later.')
  }
}
