import type { RequestContext } from '../endpoints/index.js'

/** Stands before everything behind it; not calling `next` ends the request here. */
export type Filter = (ctx: RequestContext, next: () => Promise<void> | void) => Promise<void> | void

/** A filter and the name of its place in the chain, by which it can be found, replaced or left out. */
export interface NamedFilter {
  readonly name: string
  readonly filter: Filter
}

/** Joins filters, the outermost first, and what they lead to. Composed once. */
export function handlerChain(
  filters: readonly Filter[],
  target: (ctx: RequestContext) => Promise<void> | void,
): (ctx: RequestContext) => Promise<void> | void {
  return filters.reduceRight<(ctx: RequestContext) => Promise<void> | void>(
    (next, filter) => (ctx) => filter(ctx, () => next(ctx)),
    target,
  )
}
