import type { KubeObject } from '../../meta/types.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import type { Candidates } from './candidates.js'
import type { KeySnapshot } from './key-tree.js'

/** How long a page may be waited for. Afterwards the store's own history serves it. */
const KEPT_MS = 60_000
const MAX_KEPT = 32
/** Bytes of replaced objects that may be held for nobody else's sake. */
const MAX_REPLACED_BYTES = 64 * 1024 * 1024
/** Selections of one state whose candidates are kept; pages of others look at all objects. */
const MAX_SELECTIONS = 8

interface Kept<T extends KubeObject> {
  readonly snapshot: KeySnapshot<StoredObject<T>>
  /** By {@link SelectionPredicate.selection}. */
  readonly candidates: Map<string, Candidates<T>>
  /** What had been replaced when it was kept. */
  readonly replacedBefore: number
  timer: NodeJS.Timeout
}

/** The states that paged lists began with, by revision, so that all pages of one show the same. */
export class PagedSnapshots<T extends KubeObject = KubeObject> {
  readonly #kept = new Map<number, Kept<T>>()
  /** Bytes of all objects that were replaced or removed while anything was kept. */
  #replaced = 0

  constructor(private readonly maxReplacedBytes: number = MAX_REPLACED_BYTES) {}

  /** @param candidates what need be looked at for a selection, if anything knows */
  keep(revision: number, snapshot: KeySnapshot<StoredObject<T>>, selection: string, candidates?: Candidates<T>): void {
    const known = this.#kept.get(revision)?.candidates ?? new Map<string, Candidates<T>>()
    this.#forget(revision)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size >= MAX_KEPT) this.#forget(oldest!)
    if (candidates && known.size < MAX_SELECTIONS) known.set(selection, candidates)
    const timer = setTimeout(() => this.#forget(revision), KEPT_MS).unref()
    this.#kept.set(revision, { snapshot, candidates: known, replacedBefore: this.#replaced, timer })
  }

  /** An object of so many bytes was replaced or removed: what is kept may be all that still holds it. */
  noteReplaced(bytes: number): void {
    if (this.#kept.size === 0) return
    this.#replaced += bytes
    for (const [revision, { replacedBefore }] of this.#kept) {
      if (this.#replaced - replacedBefore <= this.maxReplacedBytes) return
      this.#forget(revision)
    }
  }

  at(revision: number): Pick<Kept<T>, 'snapshot' | 'candidates'> | undefined {
    return this.#kept.get(revision)
  }

  clear(): void {
    for (const revision of [...this.#kept.keys()]) this.#forget(revision)
  }

  #forget(revision: number): void {
    clearTimeout(this.#kept.get(revision)?.timer)
    this.#kept.delete(revision)
  }
}
