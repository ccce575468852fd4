import type { Context } from '../../meta/context.js'
import type { KubeObject } from '../../meta/types.js'
import type { WatchEvent } from '../interface.js'

/** Each of them is a watch, and may be a connection, of the store's. */
const MAX = 100

/** Watches of changes older than the cache: the store serves them one by one, so there are only so many. */
export class HistoryWatches<T extends KubeObject = KubeObject> {
  #count = 0

  /** Starts a watch that counts until its reader leaves it, or its context ends; undefined = there are enough. */
  async start(
    ctx: Context,
    watch: () => Promise<AsyncIterable<WatchEvent<T>>>,
  ): Promise<AsyncIterable<WatchEvent<T>> | undefined> {
    if (this.#count >= MAX) return undefined
    this.#count++
    const leave = () => {
      ctx.signal.removeEventListener('abort', leave)
      this.#count--
    }
    try {
      const events = await watch()
      if (ctx.signal.aborted) leave()
      else ctx.signal.addEventListener('abort', leave, { once: true })
      return until(events, ctx, leave)
    } catch (err) {
      this.#count--
      throw err
    }
  }
}

async function* until<T extends KubeObject>(
  events: AsyncIterable<WatchEvent<T>>,
  { signal }: Context,
  leave: () => void,
): AsyncGenerator<WatchEvent<T>> {
  try {
    yield* events
  } finally {
    // The abort has counted it already.
    if (!signal.aborted) leave()
  }
}
