import type { MethodSource } from './cors.js'
import type { FilterFunction } from './filter.js'
import { requestPath } from './path-tokens.js'

/**
 * Answers OPTIONS with the methods of the path (RFC 9110, 9.3.7), where no route does. It speaks to nobody of another
 * origin; that is for `cors`, which comes before it.
 *
 * @example
 * container.filter(optionsFilter(container))
 */
export function optionsFilter<C = unknown>(container: MethodSource): FilterFunction<C> {
  return (req, res, chain) => {
    const { method, url } = req.request
    const path = method === 'OPTIONS' && req.route === undefined ? requestPath(url ?? '/') : undefined
    const methods = path === undefined ? [] : container.allowedMethods(path, req.request)
    if (methods.length === 0) return chain.processFilter(req, res)
    res.setHeader('Allow', [...methods, 'OPTIONS'].join(', '))
    res.end()
  }
}
