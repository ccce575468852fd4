import type { KubeObject } from '../../meta/types.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import { compareKeys } from '../kv/compare-keys.js'
import type { KeySnapshot } from './key-tree.js'

type ObjectSet<T extends KubeObject> = Pick<KeySnapshot<StoredObject<T>>, 'values'>

/** The objects of one state among which all are that a selector selects: what an index knows of it. */
export class Candidates<T extends KubeObject = KubeObject> {
  readonly #merged: ObjectSet<T>

  /** @param sets nothing is in two of them */
  constructor(readonly sets: readonly KeySnapshot<StoredObject<T>>[]) {
    this.#merged = merged(sets)
  }

  /** How many there are from `start` (inclusive) to `end` (exclusive). */
  count(start: string, end: string): number {
    let sum = 0
    for (const set of this.sets) sum += set.count(start, end)
    return sum
  }

  /** The same objects, in order of their keys. */
  values(start: string, end: string): Generator<StoredObject<T>, void> {
    return this.#merged.values(start, end)
  }
}

/** Several sets in one order, of which no more is looked at than is asked for. */
function merged<T extends KubeObject>(sets: readonly ObjectSet<T>[]): ObjectSet<T> {
  if (sets.length < 2) return sets[0] ?? { *values() {} }
  const half = sets.length >>> 1
  const [left, right] = [merged(sets.slice(0, half)), merged(sets.slice(half))]
  return {
    *values(start, end) {
      const [lefts, rights] = [left.values(start, end), right.values(start, end)]
      let [a, b] = [lefts.next(), rights.next()]
      while (!a.done && !b.done) {
        if (compareKeys(a.value.key, b.value.key) < 0) {
          yield a.value
          a = lefts.next()
        } else {
          yield b.value
          b = rights.next()
        }
      }
      if (!a.done) yield a.value
      if (!b.done) yield b.value
      yield* lefts
      yield* rights
    },
  }
}
