import type { KubeObject } from '../../meta/types.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import type { WatchEvent } from '../interface.js'
import type { SelectionPredicate } from '../selection-predicate.js'

/** One change of one object, for all watchers together: what they see of it is made once. */
export class CacheEvent<T extends KubeObject = KubeObject> {
  #plain: WatchEvent<T> | undefined
  #added: WatchEvent<T> | undefined
  #deleted: WatchEvent<T> | undefined

  constructor(
    readonly key: string,
    readonly revision: number,
    /** The object from now on; undefined = it is gone. */
    readonly now: StoredObject<T> | undefined,
    /** What it was before; undefined = nothing. At least one of the two is there. */
    readonly before: StoredObject<T> | undefined,
  ) {}

  /**
   * What the change looks like through a selector: an object can come into view, go out of it, or never have been seen.
   *
   * @throws UnreadableValueError
   */
  seenThrough(predicate: SelectionPredicate): WatchEvent<T> | undefined {
    if (predicate.empty()) return this.plain()
    const seenNow = this.now !== undefined && predicate.matches(this.now)
    const seenBefore = this.before !== undefined && predicate.matches(this.before)
    if (seenNow && seenBefore) return this.plain()
    if (seenNow) return this.#asAdded(this.now!)
    return seenBefore ? this.#asDeleted(this.before!) : undefined
  }

  /** What the change is without a selector. */
  plain(): WatchEvent<T> {
    this.#plain ??= this.#make()
    return this.#plain
  }

  #make(): WatchEvent<T> {
    if (!this.now) return this.#asDeleted(this.before!)
    return this.before ? { type: 'MODIFIED', object: this.now } : this.#asAdded(this.now)
  }

  #asAdded(now: StoredObject<T>): WatchEvent<T> {
    this.#added ??= { type: 'ADDED', object: now }
    return this.#added
  }

  /** The last state, with the revision of its end. */
  #asDeleted(before: StoredObject<T>): WatchEvent<T> {
    this.#deleted ??= { type: 'DELETED', object: before.atRevision(this.revision) }
    return this.#deleted
  }
}
