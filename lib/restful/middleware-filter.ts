import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FilterFunction } from './filter.js'
import { isPending } from './recovery.js'
import { Request } from './request.js'
import { Response } from './response.js'

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

/**
 * Makes a middleware of a filter: what is behind the chain is the rest of the app. What the filter throws goes to
 * `next`; one that does not go on answers the request itself. The promise of `processFilter` resolves when the answer
 * is out, so that filters can stand around the app as they stand around a route.
 *
 * @example
 * app.use(filterMiddleware(noBrowserCache))
 */
export function filterMiddleware(filter: FilterFunction): Middleware {
  return (message, raw, next) => {
    const response = new Response(raw)
    let handedOn = false
    const chain = {
      processFilter: () => {
        handedOn = true
        const closed = new Promise<void>((resolve) => raw.once('close', resolve))
        next()
        return closed
      },
    }
    const finish = () => {
      if (!handedOn) response.finish()
    }
    try {
      const pending = filter(new Request(message, undefined), response, chain)
      if (isPending(pending)) pending.then(finish).catch(next)
      else finish()
    } catch (error) {
      next(error)
    }
  }
}
