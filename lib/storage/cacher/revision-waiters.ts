interface Waiter {
  /** When it began to wait, by `performance.now()`. */
  readonly since: number
  readonly revision: number
  readonly resolve: (reached: boolean) => void
}

/** Those who wait until a revision has been reached, each for so long and no longer. */
export class RevisionWaiters {
  readonly #waiting = new Set<Waiter>()

  /** For how long the first of them has been waiting, in milliseconds; 0 = nobody waits. */
  get longestWaitMs(): number {
    const [oldest] = this.#waiting
    return oldest ? performance.now() - oldest.since : 0
  }

  /** Whether the revision was reached in time. */
  wait(revision: number, patienceMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const waiter: Waiter = {
        since: performance.now(),
        revision,
        resolve: (reached) => {
          clearTimeout(timer)
          resolve(reached)
        },
      }
      const timer = setTimeout(() => {
        this.#waiting.delete(waiter)
        resolve(false)
      }, patienceMs)
      this.#waiting.add(waiter)
    })
  }

  /** Wakes those who wait for this revision or one before it. */
  trigger(reached: number): void {
    for (const waiter of this.#waiting) {
      if (waiter.revision > reached) continue
      this.#waiting.delete(waiter)
      waiter.resolve(true)
    }
  }

  /** What they wait for will not come. */
  giveUp(): void {
    for (const { resolve } of this.#waiting) resolve(false)
    this.#waiting.clear()
  }
}
