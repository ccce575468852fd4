import type { Context } from '../../../meta/context.js'
import type { KVWatch, WatchOptions } from '../types.js'
import type { Change } from './batch.js'
import { Watch, type WatchSource } from './watch.js'

/** All watchers of a store. */
export class WatchHub {
  readonly #watches = new Set<Watch>()

  #error: Error | undefined
  readonly #source: WatchSource

  constructor(source: WatchSource) {
    this.#source = { ...source, refusal: (from) => this.#error ?? source.refusal(from) }
  }

  watch(ctx: Context, prefix: string, options: WatchOptions): KVWatch {
    const watch = new Watch(this.#source, ctx, prefix, options, (ended) => this.#watches.delete(ended))
    if (!watch.ended) this.#watches.add(watch)
    return watch
  }

  /** Tells every watcher what became visible, in one go up to `revision`. */
  publish(changes: readonly Change[], revision: number): void {
    if (this.#watches.size === 0 || changes.length === 0) return
    const events = changes.flatMap((change) => change.events)
    for (const watch of this.#watches) watch.push(events, revision)
  }

  /** Ends every watch, and every one to come. */
  end(error: Error): void {
    this.#error = error
    for (const watch of [...this.#watches]) watch.end(error)
  }
}
