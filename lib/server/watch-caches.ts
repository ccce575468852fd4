import type { KubeObject } from '../meta/types.js'
import { Cacher, type CacherStats, ChangeFeed, type RevisionedKV, type Store } from '../storage/index.js'

/** The watch caches of a server, one a resource, all fed by one watch of the store. */
export class WatchCaches {
  readonly #feed: ChangeFeed
  readonly #cachers = new Map<string, Cacher>()

  constructor(
    kv: RevisionedKV,
    prefix: string,
    private readonly onError: (err: unknown) => void,
  ) {
    this.#feed = new ChangeFeed(kv, `${prefix.replace(/\/+$/, '')}/`, onError)
  }

  /** Puts a cache in front of a resource's store. To be called before {@link start}. */
  add(resource: string, store: Store<KubeObject>, keyRoot: string): Cacher {
    const cacher = new Cacher({ store, feed: this.#feed, keyRoot, onError: this.onError })
    this.#cachers.set(resource, cacher)
    return cacher
  }

  /** Begins to fill the caches; until they are, the store answers. */
  start(): void {
    if (this.#cachers.size > 0) this.#feed.start()
  }

  stop(): void {
    this.#feed.stop()
  }

  /** Resources whose cache cannot answer (yet, or just now). */
  unready(): string[] {
    return [...this.#cachers].filter(([, cacher]) => !cacher.cache).map(([resource]) => resource)
  }

  /** What the caches have counted, by resource. */
  stats(): ReadonlyMap<string, CacherStats> {
    return new Map([...this.#cachers].map(([resource, { stats }]) => [resource, stats]))
  }
}
