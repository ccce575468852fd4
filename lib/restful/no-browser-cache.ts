import type { FilterFunction } from './filter.js'

/**
 * Tells browsers to keep no answer, old ones included.
 *
 * @example
 * ws.filter(noBrowserCache)
 */
export const noBrowserCache: FilterFunction = (req, res, chain) => {
  res.setHeader('Cache-Control', 'no-cache, no-store, must-revalidate')
  res.setHeader('Pragma', 'no-cache')
  res.setHeader('Expires', '0')
  return chain.processFilter(req, res)
}
