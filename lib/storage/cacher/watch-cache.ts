import type { KubeObject } from '../../meta/types.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import type { KeyValue, KVEvent } from '../kv/types.js'
import { CacheEvent } from './cache-event.js'
import { EventWindow } from './event-window.js'
import { type KeySnapshot, KeyTree } from './key-tree.js'
import { SelectorIndexes } from './selector-indexes.js'

/** The state of one resource at the newest revision that was told of, and what led to it. */
export class WatchCache<T extends KubeObject = KubeObject> {
  /** What happened after {@link revision}. */
  readonly window: EventWindow<T>
  /** Of the state as it is now. */
  readonly indexes = new SelectorIndexes<T>(this)
  readonly #objects = new Map<string, StoredObject<T>>()
  readonly #tree = new KeyTree<StoredObject<T>>()

  /**
   * @param revision the state begins with what stood at this revision, to be given by {@link load}
   * @param open makes an object of a stored pair
   */
  constructor(
    readonly revision: number,
    private readonly open: (kv: KeyValue) => StoredObject<T>,
    limits: { readonly windowEvents: number; readonly windowBytes: number },
  ) {
    this.window = new EventWindow(revision, limits.windowEvents, limits.windowBytes)
  }

  get size(): number {
    return this.#objects.size
  }

  get(key: string): StoredObject<T> | undefined {
    return this.#objects.get(key)
  }

  /** All objects as they stand now; the same snapshot until one changes. */
  snapshot(): KeySnapshot<StoredObject<T>> {
    return this.#tree.snapshot()
  }

  /** Takes an object that stood at {@link revision}. */
  load(kv: KeyValue): void {
    const object = this.open(kv)
    this.#objects.set(kv.key, object)
    this.#tree.set(kv.key, object)
  }

  /** Takes a change; undefined when it is older than the state, or changes nothing. */
  apply({ key, revision, kv }: KVEvent): CacheEvent<T> | undefined {
    if (revision <= this.revision) return undefined
    const before = this.#objects.get(key)
    const now = kv && this.open(kv)
    if (now) {
      this.#objects.set(key, now)
      this.#tree.set(key, now)
    } else {
      if (!before) return undefined
      this.#objects.delete(key)
      this.#tree.delete(key)
    }
    this.indexes.apply(key, before, now)
    const event = new CacheEvent(key, revision, now, before)
    this.window.add(event)
    return event
  }
}
