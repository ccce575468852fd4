import type { KubeObject } from '../../meta/types.js'
import type { WatchEvent } from '../interface.js'

/** Each of them is a watch, and may be a connection, of the store's. */
const MAX = 100

/** Watches of changes older than the cache: the store serves them one by one, so there are only so many. */
export class HistoryWatches<T extends KubeObject = KubeObject> {
  #count = 0

  get full(): boolean {
    return this.#count >= MAX
  }

  /** Counts a watch until its reader leaves it. */
  async *counted(events: AsyncIterable<WatchEvent<T>>): AsyncGenerator<WatchEvent<T>> {
    this.#count++
    try {
      yield* events
    } finally {
      this.#count--
    }
  }
}
