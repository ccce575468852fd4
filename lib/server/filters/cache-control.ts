import type { Filter } from '../handler-chain.js'

/** Says something else than `no-cache, private`, which every answer says unless a filter or a host app said it before. */
export function withCacheControl(value: string): Filter {
  return (ctx, next) => {
    if (!ctx.response.hasHeader('Cache-Control')) ctx.response.setHeader('Cache-Control', value)
    return next()
  }
}
