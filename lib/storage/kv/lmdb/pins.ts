/** The compacted revision, and the revisions below which reads under way still look. */
export class Pins {
  readonly #pinned = new Map<number, number>()

  /** The highest revision that may no longer be read. */
  compacted = 0

  /** Keeps what a read at `revision` needs on disk, until the returned function is called. */
  add(revision: number): () => void {
    this.#pinned.set(revision, (this.#pinned.get(revision) ?? 0) + 1)
    return () => {
      const left = this.#pinned.get(revision)! - 1
      if (left === 0) this.#pinned.delete(revision)
      else this.#pinned.set(revision, left)
    }
  }

  /** The highest revision that may be removed from disk. */
  get removable(): number {
    let lowest = this.compacted + 1
    for (const revision of this.#pinned.keys()) lowest = Math.min(lowest, revision)
    return lowest - 1
  }
}
