import type { KubeObject } from '../meta/types.js'
import { Cacher, type CacherStats, ChangeFeed, type RevisionedKV, type Store } from '../storage/index.js'

/** The watch caches of a server, one a resource, all fed by one watch of the store. */
export class WatchCaches {
  readonly #feed: ChangeFeed
  readonly #cachers = new Map<string, Cacher>()
  #running = false

  constructor(
    kv: RevisionedKV,
    prefix: string,
    private readonly onError: (err: unknown) => void,
  ) {
    this.#feed = new ChangeFeed(kv, `${prefix.replace(/\/+$/, '')}/`, onError)
  }

  /** Puts a cache in front of a resource's store; while the others are running it is filled at once. */
  add(resource: string, store: Store<KubeObject>, keyRoot: string): Cacher {
    const cacher = new Cacher({ store, feed: this.#feed, keyRoot, onError: this.onError })
    this.#cachers.set(resource, cacher)
    if (this.#running) this.#feed.start()
    return cacher
  }

  /** Begins to fill the caches; until they are, the store answers. */
  start(): void {
    this.#running = true
    if (this.#cachers.size > 0) this.#feed.start()
  }

  stop(): void {
    this.#running = false
    this.#feed.stop()
  }

  /** Resources whose cache cannot answer (yet, or just now). */
  unready(): string[] {
    return [...this.#cachers].filter(([, cacher]) => !cacher.cache).map(([resource]) => resource)
  }

  /** The revision that the caches show, 0 while they are being filled. */
  get revision(): number {
    return this.#feed.revision
  }

  /** For how long a read has been waiting for the caches to catch up with the store. */
  get millisecondsBehind(): number {
    return this.#feed.millisecondsBehind
  }

  /** What the caches have counted, by resource. */
  stats(): ReadonlyMap<string, CacherStats> {
    return new Map([...this.#cachers].map(([resource, { stats }]) => [resource, stats]))
  }
}
