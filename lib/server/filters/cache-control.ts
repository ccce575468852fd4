import type { Filter } from '../handler-chain.js'

/** What is answered here is for who asked, and may be another thing the next moment. */
const NO_CACHE = 'no-cache, private'

/**
 * Says how answers may be cached, which a host app, or whoever answers, can say otherwise.
 *
 * @param value of `Cache-Control` (RFC 9111 5.2). Default `no-cache, private`, as from a kube-apiserver.
 * @example
 * ```ts
 * handlerChain([withCacheControl('no-store')], serve)
 * ```
 */
export function withCacheControl(value: string = NO_CACHE): Filter {
  return (ctx, next) => {
    ctx.headers['Cache-Control'] = value
    return next()
  }
}
