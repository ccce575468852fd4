import type { KubeObject } from '../../meta/types.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import type { KeySnapshot } from './key-tree.js'

/** How long a page may be waited for. Afterwards the store's own history serves it. */
const KEPT_MS = 60_000
const MAX_KEPT = 32

/** The states that paged lists began with, by revision, so that all pages of one show the same. */
export class PagedSnapshots<T extends KubeObject = KubeObject> {
  readonly #kept = new Map<
    number,
    { readonly snapshot: KeySnapshot<StoredObject<T>>; readonly timer: NodeJS.Timeout }
  >()

  keep(revision: number, snapshot: KeySnapshot<StoredObject<T>>): void {
    this.#forget(revision)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size >= MAX_KEPT) this.#forget(oldest!)
    this.#kept.set(revision, { snapshot, timer: setTimeout(() => this.#forget(revision), KEPT_MS).unref() })
  }

  at(revision: number): KeySnapshot<StoredObject<T>> | undefined {
    return this.#kept.get(revision)?.snapshot
  }

  clear(): void {
    for (const revision of [...this.#kept.keys()]) this.#forget(revision)
  }

  #forget(revision: number): void {
    clearTimeout(this.#kept.get(revision)?.timer)
    this.#kept.delete(revision)
  }
}
