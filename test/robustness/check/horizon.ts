import { type Operation, revisionSeen } from '../history.js'

/**
 * The newest revision that somebody is known to have seen before a moment. What is asked for later has to show it, and
 * what is written later gets a newer one.
 */
export class Horizon {
  readonly #times: number[] = []
  readonly #revisions: number[] = []
  readonly #witnesses: Operation[] = []

  constructor(operations: readonly Operation[]) {
    const proofs = operations.flatMap(proofsOf).sort((a, b) => a.at - b.at)
    let newest = 0
    for (const { at, rev, operation } of proofs) {
      if (rev <= newest) continue
      newest = rev
      this.#times.push(at)
      this.#revisions.push(rev)
      this.#witnesses.push(operation)
    }
  }

  /** As of just before `time`; 0 = nothing was seen yet. */
  before(time: number): number {
    return this.#revisions[this.#index(time)] ?? 0
  }

  /** Who saw it. */
  witness(time: number): Operation[] {
    const found = this.#witnesses[this.#index(time)]
    return found ? [found] : []
  }

  #index(time: number): number {
    let low = 0
    let high = this.#times.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#times[middle]! < time) low = middle + 1
      else high = middle
    }
    return low - 1
  }
}

function proofsOf(operation: Operation): { at: number; rev: number; operation: Operation }[] {
  if (operation.kind === 'watch') return operation.events.map(({ at, rev }) => ({ at, rev, operation }))
  return [{ at: operation.returned, rev: revisionSeen(operation), operation }]
}
