import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FilterFunction } from './filter.js'

/** A handler as Express and Connect know it. */
export type Middleware = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void

/**
 * Makes a filter of a middleware. What it gives to `next` is handled like an error thrown; one that does not call
 * `next` answers the request itself.
 *
 * @example
 * container.filter(middlewareFilter(helmet()))
 */
export function middlewareFilter<C = unknown>(middleware: Middleware): FilterFunction<C> {
  return (req, res, chain) =>
    new Promise<void>((resolve, reject) => {
      const raw = res.raw()
      // Whoever answers in place of the chain is done when the answer is.
      raw.once('close', resolve)
      middleware(req.request, raw, (error) => {
        raw.off('close', resolve)
        if (error !== undefined && error !== null) {
          reject(error)
          return
        }
        try {
          resolve(chain.processFilter(req, res))
        } catch (thrown) {
          reject(thrown)
        }
      })
    })
}
