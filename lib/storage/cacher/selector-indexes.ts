import type { KubeObject } from '../../meta/types.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import type { SelectionPredicate } from '../selection-predicate.js'
import { Candidates } from './candidates.js'
import type { KeySnapshot } from './key-tree.js'
import { type MatchValue, matchValues } from './match-values.js'
import { yieldsBySize } from './object-pacing.js'
import { ValueIndex } from './value-index.js'

const MAX_INDEXES = 16
/** Selectors can name hundreds of labels. */
const MAX_TRIED = 4
/** So many objects are looked at sooner than an index is asked. */
const FEW = 256
/** An index that leaves this part of the objects is good enough not to look for a better one. */
const SELECTIVE = 1 / 16
/** One that leaves more than this part costs more than it saves. */
const USELESS = 1 / 2
/** A list of less than this part does not wait for an index of everything. */
const WORTH_WAITING = 1 / 8
/** Changes that an index follows at least, though nobody asks it. */
const MIN_CHANGES = 10_000

/** The state that is indexed. */
interface State<T extends KubeObject> {
  readonly size: number
  get(key: string): StoredObject<T> | undefined
  snapshot(): KeySnapshot<StoredObject<T>>
}

interface Index<T extends KubeObject> {
  readonly objects: ValueIndex<T>
  readonly getFields: MatchValue['getFields']
  readonly valueIn: MatchValue['valueIn']
  /** Settles when it is complete, or given up; undefined = complete. */
  building: Promise<void> | undefined
  /** Since it was last asked. */
  changes: number
}

/** How a list by a selector is answered best. */
interface Plan<T extends KubeObject> {
  /** What need be looked at; undefined = everything. */
  readonly candidates?: Candidates<T> | undefined
  /** An index that would be of use, and is not there (yet). */
  readonly missing?: MatchValue | undefined
}

/**
 * Indexes of a state by the values of labels and fields, for lists by selectors: those that lists have asked for, made on
 * the first demand, then kept up with every change. What is not asked for any more goes.
 */
export class SelectorIndexes<T extends KubeObject = KubeObject> {
  /** By their names, the least recently used first. */
  readonly #indexes = new Map<string, Index<T>>()

  constructor(private readonly state: State<T>) {}

  /**
   * Makes the indexes that a list by this selector is answered from best, in turns of the event loop; undefined when there
   * is nothing to wait for.
   *
   * @param still whether the state is still of interest to anybody
   */
  prepare(predicate: SelectionPredicate, start: string, end: string, still: () => boolean): Promise<void> | undefined {
    const { missing } = this.#plan(predicate, start, end)
    if (!missing) return undefined
    const made = this.#makeFor(predicate, start, end, still)
    // A small part is looked at sooner than all objects are indexed; later lists will find it done.
    return this.state.snapshot().count(start, end) < this.state.size * WORTH_WAITING ? undefined : made
  }

  /** What of the present state, from `start` (inclusive) to `end` (exclusive), need be looked at; undefined = everything. */
  select(predicate: SelectionPredicate, start: string, end: string): Candidates<T> | undefined {
    return this.#plan(predicate, start, end).candidates
  }

  /** To be told of every change of the state, once it has been made. */
  apply(key: string, before: StoredObject<T> | undefined, now: StoredObject<T> | undefined): void {
    for (const [name, index] of this.#indexes) {
      index.changes++
      const known = follow(index, key, before, now)
      if (!index.building && (!known || isForgotten(index, this.state.size))) this.#indexes.delete(name)
    }
  }

  #plan(predicate: SelectionPredicate, start: string, end: string): Plan<T> {
    if (predicate.empty()) return {}
    const all = this.state.snapshot().count(start, end)
    if (all <= FEW) return {}
    let candidates: Candidates<T> | undefined
    let least = all * USELESS
    let tried = 0
    for (const match of matchValues(predicate)) {
      const index = this.#find(match)
      if (!index || index.building) return { candidates, missing: match }
      const found = new Candidates(index.objects.objectsOf(match.values))
      const count = found.count(start, end)
      if (count <= least) [candidates, least] = [found, count]
      if (least <= all * SELECTIVE || ++tried === MAX_TRIED) break
    }
    return { candidates }
  }

  async #makeFor(predicate: SelectionPredicate, start: string, end: string, still: () => boolean): Promise<void> {
    for (let tries = 0; tries < MAX_TRIED && still(); tries++) {
      const { missing } = this.#plan(predicate, start, end)
      if (!missing) return
      await this.#make(missing, still)
    }
  }

  #make(match: MatchValue, still: () => boolean): Promise<void> {
    const { indexName, getFields, valueIn } = match
    const index = this.#find(match)
    if (index) return index.building ?? Promise.resolve()
    const made: Index<T> = { objects: new ValueIndex<T>(), getFields, valueIn, building: undefined, changes: 0 }
    this.#indexes.set(indexName, made)
    if (this.#indexes.size > MAX_INDEXES) this.#indexes.delete(this.#indexes.keys().next().value!)
    const wanted = () => still() && this.#indexes.get(indexName) === made
    made.building = this.#fill(made, wanted).then((complete) => {
      if (complete) made.building = undefined
    })
    return made.building
  }

  #find({ indexName, getFields }: MatchValue): Index<T> | undefined {
    const index = this.#indexes.get(indexName)
    if (!index || index.getFields !== getFields) return undefined
    index.changes = 0
    this.#indexes.delete(indexName)
    this.#indexes.set(indexName, index)
    return index
  }

  async #fill(index: Index<T>, wanted: () => boolean): Promise<boolean> {
    const pause = yieldsBySize()
    for (const object of this.state.snapshot().values('')) {
      // Of what has changed since the snapshot the index has been told.
      if (this.state.get(object.key) === object) index.objects.set(index.valueIn(object), object)
      const turn = pause(object.size)
      if (!turn) continue
      await turn
      if (!wanted()) return false
    }
    return true
  }
}

/** @returns false when the index had the object elsewhere: fields were read otherwise the second time */
function follow<T extends KubeObject>(
  { objects, valueIn }: Index<T>,
  key: string,
  before: StoredObject<T> | undefined,
  now: StoredObject<T> | undefined,
): boolean {
  const was = before && valueIn(before)
  const is = now && valueIn(now)
  if (now && was === is) return objects.set(is, now)
  const known = objects.delete(was, key)
  if (now) objects.set(is, now)
  return known
}

/** Whether to keep an index that nobody asks has come to cost what to make it anew would. */
const isForgotten = ({ changes }: Pick<Index<KubeObject>, 'changes'>, size: number): boolean =>
  changes > MIN_CHANGES && changes > size
