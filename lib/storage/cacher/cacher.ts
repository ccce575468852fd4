import type { Context } from '../../meta/context.js'
import type { KubeObject } from '../../meta/types.js'
import { StoredObject } from '../../runtime/stored-object.js'
import { StorageError } from '../errors.js'
import type {
  GetOptions,
  Interface,
  ListOptions,
  Preconditions,
  StoredList,
  UpdateOptions,
  WatchEvent,
  WatchOptions,
} from '../interface.js'
import { ClosedError, type KeyValue, type KVEvent } from '../kv/types.js'
import { type Backing, fullKey } from '../store/backing.js'
import type { Store } from '../store/store.js'
import { versioner } from '../versioner.js'
import { CacheWatcher, type WatchStart } from './cache-watcher.js'
import { CacherStats } from './cacher-stats.js'
import type { Caching } from './caching.js'
import type { ChangeFeed, FeedListener } from './change-feed.js'
import { getFromCache } from './get.js'
import { HistoryWatches } from './history-watches.js'
import { listFromCache } from './list.js'
import { loadAll } from './load.js'
import { PagedSnapshots } from './paged-snapshots.js'
import { SelectedLists } from './selected-lists.js'
import { watchFromCache } from './watch.js'
import { WatchCache } from './watch-cache.js'
import { WatcherIndex } from './watcher-index.js'
import { WholeLists } from './whole-lists.js'

export interface CacherOptions<T extends KubeObject> {
  /** What is asked when the cache cannot answer, and writes. */
  readonly store: Store<T>
  /** Where changes come from; one for all caches on the same store. */
  readonly feed: ChangeFeed
  /** Path below the store's prefix under which the resource's objects stand, e.g. `/wardle.example.com/flunders`. */
  readonly keyRoot: string
  /** Changes kept for watches to begin from. Default 10,000. */
  readonly windowEvents?: number
  /** Bytes of superseded objects kept for the same purpose. Default 16 MiB. */
  readonly windowBytes?: number
  /** Events kept for a watcher who does not read. Default 10,000. */
  readonly watcherLimit?: number
  /** Bytes of such events. Default 256 MiB. */
  readonly watcherBytes?: number
  /** Told of what goes wrong while the cache is filled; it tries again. */
  readonly onError?: (err: unknown) => void
}

const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 10_000

/**
 * A resource's objects in memory, in front of its store: every read that the rules of resourceVersion allow is answered from
 * here, and linearizable ones too, after the store has said how far it is (KEP-2340). Watches of all readers hang on one
 * watch of the store. Whatever the cache cannot answer goes to the store.
 *
 * @example
 * ```ts
 * const feed = new ChangeFeed(kv, '/registry/')
 * const cacher = new Cacher({ store: new Store({ kv, codec }), feed, keyRoot: '/wardle.example.com/flunders' })
 * feed.start()
 * ```
 */
export class Cacher<T extends KubeObject = KubeObject> implements Interface<T>, Caching<T>, FeedListener {
  readonly versioner = versioner
  readonly stats = new CacherStats()
  readonly store: Store<T>
  readonly feed: ChangeFeed
  readonly backing: Backing<T>
  /** Prefix of all keys of the resource, with a slash at its end. */
  readonly root: string
  readonly pages = new PagedSnapshots<T>()
  readonly wholeLists = new WholeLists<T>()
  readonly selectedLists = new SelectedLists<T>()
  readonly historyWatches = new HistoryWatches<T>()
  readonly #options: CacherOptions<T>
  readonly #index: WatcherIndex<T>
  readonly #watchers = new Set<CacheWatcher<T>>()
  readonly #watcherLimits: { readonly events: number; readonly bytes: number }
  readonly #position = (): number => this.revision
  #cache: WatchCache<T> | undefined
  /** Events that came while the state was being listed; undefined = nothing is being listed. */
  #early: KVEvent[] | undefined
  #waiting: ((isReady: boolean) => void)[] = []
  #closed = false
  readonly #unregister: () => void

  constructor(options: CacherOptions<T>) {
    this.#options = options
    this.store = options.store
    this.feed = options.feed
    this.backing = options.store.backing
    this.root = `${fullKey(this.backing, options.keyRoot)}/`
    this.#index = new WatcherIndex(this.root)
    const { watcherLimit: events = 10_000, watcherBytes: bytes = 256 * 1024 * 1024 } = options
    this.#watcherLimits = { events, bytes }
    this.stats.windowCapacity = options.windowEvents ?? 10_000
    this.#unregister = this.feed.register(this.root, this)
  }

  get cache(): WatchCache<T> | undefined {
    return this.#cache
  }

  get revision(): number {
    return Math.max(this.#cache?.revision ?? 0, this.feed.revision)
  }

  create(ctx: Context, key: string, object: T, ttlSeconds?: number): Promise<StoredObject<T>> {
    return this.store.create(ctx, key, object, ttlSeconds)
  }

  get(ctx: Context, key: string, options?: GetOptions): Promise<StoredObject<T>> {
    return getFromCache(this, ctx, key, options)
  }

  getList(ctx: Context, key: string, options: ListOptions): Promise<StoredList<T>> {
    return listFromCache(this, ctx, key, options)
  }

  watch(ctx: Context, key: string, options: WatchOptions): Promise<AsyncIterable<WatchEvent<T>>> {
    return watchFromCache(this, ctx, key, options)
  }

  delete(
    ctx: Context,
    key: string,
    preconditions?: Preconditions,
    validate?: (object: T) => Promise<void> | void,
  ): Promise<StoredObject<T>> {
    return this.store.delete(ctx, key, preconditions, validate, this.#cached(key))
  }

  guaranteedUpdate(ctx: Context, key: string, options: UpdateOptions<T>): Promise<StoredObject<T>> {
    return this.store.guaranteedUpdate(ctx, key, { ...options, cached: this.#cached(key) })
  }

  async count(ctx: Context, key: string): Promise<number> {
    return this.#cache && `${fullKey(this.backing, key)}/` === this.root ? this.#cache.size : this.store.count(ctx, key)
  }

  ready(patienceMs: number): Promise<boolean> {
    if (this.#cache || this.#closed) return Promise.resolve(!this.#closed)
    return new Promise((resolve) => {
      const done = (isReady: boolean) => {
        clearTimeout(timer)
        resolve(isReady)
      }
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((other) => other !== done)
        resolve(false)
      }, patienceMs)
      this.#waiting.push(done)
    })
  }

  /**
   * Gives up the cache, and frees what it holds: its watches end, and the store answers all reads from now on. Other caches
   * on the same feed do not notice.
   */
  close(): void {
    this.#closed = true
    this.#unregister()
    this.interrupt(new ClosedError(`the cache of ${this.root} was closed`))
    this.historyWatches.clear()
    for (const done of this.#waiting.splice(0)) done(false)
  }

  begin(): void {
    this.#early = []
    void this.#load(this.#early)
  }

  apply(events: readonly KVEvent[]): void {
    if (this.#early) for (const event of events) this.#early.push(event)
    else if (this.#cache) this.#tell(this.#cache, events)
  }

  interrupt(why: unknown): void {
    const since = this.revision
    this.#early = undefined
    this.#cache = undefined
    this.pages.clear()
    this.wholeLists.clear()
    for (const watcher of [...this.#watchers])
      watcher.fail(why instanceof ClosedError ? why : tooOld(this.root, watcher.after, since, why))
  }

  addWatcher(ctx: Context, scope: string, options: WatchOptions, after: number, start: WatchStart<T>): CacheWatcher<T> {
    const watcher = new CacheWatcher<T>(
      ctx,
      options.predicate,
      after,
      start,
      this.#watcherLimits,
      this.#position,
      (ended, error) => {
        if (error !== undefined) this.stats.terminatedWatchers++
        this.#index.delete(scope, ended)
        this.#watchers.delete(ended)
        this.stats.watchers = this.#watchers.size
      },
    )
    if (watcher.ended) return watcher
    this.#watchers.add(watcher)
    this.#index.add(scope, watcher)
    this.stats.watchers = this.#watchers.size
    if (options.bookmarkIntervalMs) watcher.requestBookmarks(options.bookmarkIntervalMs)
    return watcher
  }

  async #load(early: KVEvent[]): Promise<void> {
    for (let pause = FIRST_PAUSE_MS; this.#early === early; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      try {
        const cache = await this.#loaded(early)
        if (cache && this.#early === early) this.#startFrom(cache, early)
        return
      } catch (err) {
        if (this.#early !== early) return
        this.#options.onError?.(err)
        await new Promise((resolve) => setTimeout(resolve, pause))
      }
    }
  }

  /** A cache with all objects of one revision; undefined when nobody waits for it any more. */
  async #loaded(early: KVEvent[]): Promise<WatchCache<T> | undefined> {
    const { windowBytes = 16 * 1024 * 1024 } = this.#options
    const limits = { windowEvents: this.stats.windowCapacity, windowBytes }
    let cache: WatchCache<T> | undefined
    let newest: KeyValue | undefined
    // The list will show what has happened by now.
    early.length = 0
    for await (const { items, revision } of loadAll(this.backing.kv, this.root)) {
      if (this.#early !== early) return undefined
      cache ??= new WatchCache(revision, (kv) => this.#open(kv), limits)
      for (const kv of items) {
        cache.load(kv)
        if (!newest || kv.modRevision > newest.modRevision) newest = kv
      }
    }
    if (newest && this.#early === early) this.feed.anchor(newest)
    return cache
  }

  #startFrom(cache: WatchCache<T>, early: readonly KVEvent[]): void {
    this.#early = undefined
    this.#cache = cache
    this.#tell(cache, early)
    // It may have failed at an event, and be listed anew.
    if (this.#cache !== cache) return
    this.stats.initializations++
    for (const done of this.#waiting.splice(0)) done(true)
  }

  #tell(cache: WatchCache<T>, events: readonly KVEvent[]): void {
    try {
      this.wholeLists.clear()
      for (const event of events) {
        const change = cache.apply(event)
        if (!change) continue
        if (change.before) this.pages.noteReplaced(change.before.size)
        this.#index.dispatch(change)
      }
      this.stats.eventsReceived += events.length
    } catch (err) {
      // A value that cannot be opened (its key is lost, say): the store answers for all of them until it can be.
      this.#options.onError?.(err)
      this.interrupt(err)
      this.begin()
    }
  }

  #open(kv: KeyValue): StoredObject<T> {
    const { value, stale } = this.backing.transformer.fromStorage(kv.value, kv.key)
    return new StoredObject(
      kv.key,
      value,
      kv.modRevision,
      this.backing.codec,
      undefined,
      stale || kv.lease !== '',
    ).settle()
  }

  #cached(key: string): StoredObject<T> | undefined {
    return this.#cache?.get(fullKey(this.backing, key))
  }
}

/** What a client can do about it: list, and watch from there. */
const tooOld = (root: string, known: number, since: number, cause: unknown): StorageError =>
  new StorageError('Expired', root, `too old resource version: ${known} (${since})`, {}, { cause })
