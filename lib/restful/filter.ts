import type { Request } from './request.js'
import type { Response } from './response.js'

/** What serves a request once a route is found. A promise is awaited, and its rejection handled. */
export type RouteFunction<C = unknown> = (req: Request<C>, res: Response) => void | Promise<void>

/**
 * Stands before (and behind) what it hands the request to. Without a call of `processFilter` the request ends here.
 *
 * @example
 * const measure: FilterFunction = async (req, res, chain) => {
 *   const start = performance.now()
 *   await chain.processFilter(req, res)
 *   histogram.observe(performance.now() - start)
 * }
 */
export type FilterFunction<C = unknown> = (
  req: Request<C>,
  res: Response,
  chain: FilterChain<C>,
) => void | Promise<void>

/** The rest of the way of a request: the filters behind this one, then the route function. */
export interface FilterChain<C = unknown> {
  /** Hands the request, or another in its place, to the next filter or the route function. */
  processFilter(req: Request<C>, res: Response): void | Promise<void>
}

class FilterLink<C> implements FilterChain<C> {
  readonly #filter: FilterFunction<C>
  readonly #next: FilterChain<C>

  constructor(filter: FilterFunction<C>, next: FilterChain<C>) {
    this.#filter = filter
    this.#next = next
  }

  processFilter(req: Request<C>, res: Response): void | Promise<void> {
    const filter = this.#filter
    return filter(req, res, this.#next)
  }
}

/**
 * Links filters and what they lead to. The links hold no state of a request: composed once, used by all.
 *
 * @internal
 */
export function composeFilters<C>(filters: readonly FilterFunction<C>[], target: FilterChain<C>): FilterChain<C> {
  return filters.reduceRight<FilterChain<C>>((next, filter) => new FilterLink(filter, next), target)
}
