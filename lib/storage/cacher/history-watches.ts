import { backgroundContext, type Context } from '../../meta/context.js'
import type { KubeObject } from '../../meta/types.js'
import type { WatchEvent } from '../interface.js'

/** Each of them is a watch, and may be a connection, of the store's. */
const MAX = 100

/** Watches of changes older than the cache: the store serves them one by one, so there are only so many. */
export class HistoryWatches<T extends KubeObject = KubeObject> {
  /** What ends each of them. */
  readonly #open = new Set<AbortController>()

  /** Starts a watch that counts until its reader leaves it, or its context ends; undefined = there are enough. */
  async start(
    ctx: Context,
    watch: (ctx: Context) => Promise<AsyncIterable<WatchEvent<T>>>,
  ): Promise<AsyncIterable<WatchEvent<T>> | undefined> {
    if (this.#open.size >= MAX) return undefined
    const end = new AbortController()
    const own = backgroundContext({
      signal: end.signal,
      user: ctx.user,
      ...(ctx.deadline && { deadline: ctx.deadline }),
    })
    this.#open.add(end)
    const abort = () => this.#end(end)
    const leave = () => {
      ctx.signal.removeEventListener('abort', abort)
      this.#end(end)
    }
    try {
      if (ctx.signal.aborted) abort()
      else ctx.signal.addEventListener('abort', abort, { once: true })
      return until(await watch(own), leave)
    } catch (err) {
      leave()
      throw err
    }
  }

  /** Ends them all in peace. */
  clear(): void {
    for (const end of this.#open) this.#end(end)
  }

  #end(end: AbortController): void {
    this.#open.delete(end)
    end.abort()
  }
}

async function* until<T extends KubeObject>(
  events: AsyncIterable<WatchEvent<T>>,
  leave: () => void,
): AsyncGenerator<WatchEvent<T>> {
  try {
    yield* events
  } finally {
    leave()
  }
}
