import type { Filter } from '../handler-chain.js'
import type { Lifecycle } from '../lifecycle.js'
import { whenSettled } from '../settle.js'

/** Counts what is being served, so that a server that ends can wait for it, and end what would not end by itself. */
export function withWaitGroup(lifecycle: Lifecycle): Filter {
  return (ctx, next) => {
    const link = lifecycle.add(ctx)
    return whenSettled(next, () => lifecycle.done(link))
  }
}
