import { backgroundContext } from '../../meta/context.js'
import {
  ClosedError,
  CompactedError,
  type KeyValue,
  KVError,
  type KVEvent,
  type KVWatch,
  type RevisionedKV,
} from '../kv/types.js'
import { RevisionWaiters } from './revision-waiters.js'

/** How long events may take to arrive that a revision check has told of, before the watch is taken to be blind for them. */
const PATIENCE_MS = 25
/** How long a watch of all keys may take to catch up, once it was needed. */
const WIDENING_PATIENCE_MS = 250
/** How long nobody waits any more after waiting was in vain. */
const BLIND_MS = 1_000
/** How long a feed that could not be widened stays as it is. */
const NARROW_MS = 60_000
/** How often the feed looks whether it is behind though nobody asks: what it has missed must not be forgotten meanwhile. */
const KEEP_UP_MS = 60_000
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 5_000
/** Undelivered events after which the feed begins anew rather than hold more of them. */
const BUFFER_LIMIT = 100_000

/** One resource's part of the feed. All calls come in order of revisions, each revision whole. */
export interface FeedListener {
  /** Takes changes below its prefix. */
  apply(events: readonly KVEvent[]): void
  /** The feed is there, from the revision behind `revision` on: what came before is to be listed. */
  begin(revision: number): void
  /** The feed is gone, and what happens from here on is not told before the next {@link begin}. */
  interrupt(why: unknown): void
}

/**
 * Every change below the store's prefix, from one watch for all caches of the process, told in order; and how far it has
 * come. A revision check can then be met by all of them: whatever this server or its like write shows up here.
 *
 * Writes of others beside the prefix (etcd's compaction marks are such) raise the store's revision without an event. Where
 * the store can be asked for progress that is enough; else the feed widens to all keys, once it has missed one.
 */
export class ChangeFeed {
  /** Everything up to here has been told to the listeners; 0 = not begun. */
  revision = 0
  readonly #listeners = new Map<string, FeedListener>()
  readonly #watches = new Set<KVWatch>()
  readonly #waiters = new RevisionWaiters()
  /** The newest change below the prefix that anybody knows of. */
  #newest: KVEvent | undefined
  #stop: AbortController | undefined
  #keepingUp: NodeJS.Timeout | undefined
  /** The watch of all keys, once there had to be one. */
  #wide: { readonly following: Promise<void> } | undefined
  #blindUntil = 0
  #narrowUntil = 0

  constructor(
    private readonly kv: RevisionedKV,
    /** Path prefix of all keys of this server, with a slash at its end. */
    private readonly prefix: string,
    private readonly onError: (err: unknown) => void = () => {},
  ) {}

  /**
   * Adds a listener. Where the feed has begun already, the listener begins at once, from where the feed stands; nobody else
   * notices.
   *
   * @param prefix full prefix of the listener's keys, with a slash at its end
   * @returns what takes the listener away: it is told nothing more, not even of the end
   * @throws Error where somebody listens to keys of that prefix already
   */
  register(prefix: string, listener: FeedListener): () => void {
    const other = [...this.#listeners.keys()].find((known) => known.startsWith(prefix) || prefix.startsWith(known))
    if (other !== undefined)
      throw new Error(`changes below ${other} have a listener already, none may listen to ${prefix}`)
    this.#listeners.set(prefix, listener)
    if (this.revision > 0) listener.begin(this.revision)
    return () => {
      if (this.#listeners.get(prefix) === listener) this.#listeners.delete(prefix)
    }
  }

  /**
   * Takes a pair that a listener has read since the feed began: from it, as from what the feed tells, it is seen whether the
   * store behind a new connection is still the same.
   */
  anchor(kv: KeyValue): void {
    const { key, modRevision: revision } = kv
    if (this.revision === 0 || revision <= (this.#newest?.revision ?? 0)) return
    // A value may be a slice of a whole page.
    const own = { ...kv, value: Buffer.from(kv.value) }
    this.#newest = { type: 'put', key, revision, kv: own, prev: undefined }
    for (const watch of this.#watches) watch.anchor?.(this.#newest)
  }

  /** Begins to watch, and begins again whenever it breaks, until {@link stop}. */
  start(): void {
    if (this.#stop) return
    const stop = new AbortController()
    this.#stop = stop
    this.#keepingUp = setInterval(() => void this.#keepUp(), KEEP_UP_MS).unref()
    void this.#run(stop.signal)
  }

  stop(): void {
    this.#stop?.abort()
    this.#stop = undefined
    clearInterval(this.#keepingUp)
    this.#end(new ClosedError('the store was closed'))
  }

  /** Begins anew: somebody has proof that what was told is not what the store holds. Nobody is shown it any more. */
  restart(why: unknown): void {
    if (this.revision === 0) return
    this.onError(why)
    this.#end(why)
  }

  /** For how long somebody has been waiting for the feed, in milliseconds. */
  get millisecondsBehind(): number {
    return this.#waiters.longestWaitMs
  }

  /**
   * Whether the feed has come to `revision`; waits for a moment where it is about to. False = nobody can tell, ask the store:
   * so it is too while the connection of the feed is broken, behind which the store may be put back to another state.
   */
  reached(revision: number): boolean | Promise<boolean> {
    if (!this.#isConnected()) return false
    if (this.revision >= revision) return true
    if (this.revision === 0 || Date.now() < this.#blindUntil) return false
    return this.#await(revision)
  }

  async #await(revision: number): Promise<boolean> {
    for (const watch of this.#watches) watch.requestProgress()
    if (await this.#wait(revision, PATIENCE_MS)) return true
    if (this.revision === 0 || !this.#isConnected()) return false
    if (!this.#wide && Date.now() >= this.#narrowUntil) this.#widen()
    if (this.#wide && (await this.#wait(revision, WIDENING_PATIENCE_MS))) return true
    this.#blindUntil = Date.now() + BLIND_MS
    return false
  }

  #isConnected(): boolean {
    for (const { connected = true } of this.#watches) if (connected) return true
    return false
  }

  #wait(revision: number, patienceMs: number): Promise<boolean> {
    return this.revision >= revision ? Promise.resolve(true) : this.#waiters.wait(revision, patienceMs)
  }

  async #run(signal: AbortSignal): Promise<void> {
    let pause = FIRST_PAUSE_MS
    while (!signal.aborted) {
      try {
        const watch = this.#watch(this.prefix, 0, signal)
        const revision = await watch.established
        if (signal.aborted) return
        this.#begin(revision)
        pause = FIRST_PAUSE_MS
        await this.#follow(watch)
        // It ends in peace where a wider one has taken over.
        await this.#wide?.following
      } catch (err) {
        if (signal.aborted) return
        this.onError(err)
        this.#end(err)
        if (err instanceof ClosedError) return
      }
      // Then it may have been started again meanwhile.
      if (signal.aborted) return
      this.#end(new KVError('the watch of the store has ended'))
      await new Promise((resolve) => setTimeout(resolve, pause))
      pause = Math.min(2 * pause, LONGEST_PAUSE_MS)
    }
  }

  async #keepUp(): Promise<void> {
    try {
      await this.reached(await this.kv.readIndex())
    } catch {
      // A store that cannot be asked is not to be caught up with either.
    }
  }

  #watch(below: string, startRevision: number, signal: AbortSignal): KVWatch {
    const context = backgroundContext({ signal })
    const watch = this.kv.watch(context, below, { startRevision, previous: false, bufferLimit: BUFFER_LIMIT })
    this.#watches.add(watch)
    return watch
  }

  /** Several watches may be followed at once: each tells whole revisions, and what another has told is passed over. */
  async #follow(watch: KVWatch, onCaughtUp?: () => void): Promise<void> {
    try {
      for await (const { events, revision } of watch) {
        // What was under way when the feed ended is of the past.
        if (!this.#watches.has(watch)) return
        if (revision < this.revision) continue
        if (revision > this.revision) this.#tell(events, revision)
        onCaughtUp?.()
      }
    } finally {
      this.#watches.delete(watch)
    }
  }

  /** Watches all keys instead of the server's own. They may be more than it is allowed to see: then nothing changes. */
  #widen(): void {
    const narrow = [...this.#watches]
    const watch = this.#watch('', this.revision + 1, this.#stop!.signal)
    if (this.#newest) watch.anchor?.(this.#newest)
    const following = this.#follow(watch, () => {
      for (const other of narrow.splice(0)) other.cancel()
    })
    this.#wide = { following }
    following.catch((err: unknown) => {
      // Once it has taken over, or was given up, others hear of it.
      if (narrow.length === 0 || this.#wide?.following !== following) return
      this.onError(err)
      this.#wide = undefined
      this.#narrowUntil = Date.now() + NARROW_MS
      // What the feed has missed is forgotten: only a new beginning leads there.
      if (err instanceof CompactedError) this.#end(err)
    })
  }

  #begin(revision: number): void {
    this.revision = revision
    for (const listener of this.#listeners.values()) listener.begin(revision)
    this.#waiters.trigger(this.revision)
  }

  #tell(events: readonly KVEvent[], revision: number): void {
    for (let i = 0; i < events.length; ) {
      const event = events[i]!
      const prefix = event.revision > this.revision ? this.#prefixOf(event.key) : undefined
      let end = i + 1
      if (prefix !== undefined) {
        while (end < events.length && events[end]!.key.startsWith(prefix)) end++
        this.#listeners.get(prefix)!.apply(i === 0 && end === events.length ? events : events.slice(i, end))
      }
      i = end
    }
    this.revision = revision
    const last = events.at(-1)
    if (last && last.revision > (this.#newest?.revision ?? 0)) this.#newest = last
    this.#waiters.trigger(this.revision)
  }

  #prefixOf(key: string): string | undefined {
    for (const prefix of this.#listeners.keys()) if (key.startsWith(prefix)) return prefix
    return undefined
  }

  #end(why: unknown): void {
    const begun = this.revision > 0
    this.revision = 0
    this.#newest = undefined
    this.#wide = undefined
    this.#blindUntil = 0
    this.#narrowUntil = 0
    for (const watch of [...this.#watches]) watch.cancel()
    this.#watches.clear()
    this.#waiters.giveUp()
    if (begun) for (const listener of this.#listeners.values()) listener.interrupt(why)
  }
}
