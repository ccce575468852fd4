import type { KubeObject } from '../../meta/types.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import { endOf } from '../kv/compare-keys.js'
import type { KeySnapshot } from './key-tree.js'

const MAX_KEPT = 16

/** Lists of everything below a prefix, the same array until something changes: what is made of it can be shared, too. */
export class WholeLists<T extends KubeObject = KubeObject> {
  readonly #kept = new Map<string, readonly StoredObject<T>[]>()

  /** @param prefix with a slash at its end */
  below(prefix: string, snapshot: KeySnapshot<StoredObject<T>>): readonly StoredObject<T>[] {
    const kept = this.#kept.get(prefix)
    if (kept) return kept
    const items = snapshot.slice(prefix, endOf(prefix))
    if (this.#kept.size >= MAX_KEPT) this.#kept.delete(this.#kept.keys().next().value!)
    this.#kept.set(prefix, items)
    return items
  }

  /** To be called with every change. */
  clear(): void {
    if (this.#kept.size > 0) this.#kept.clear()
  }
}
