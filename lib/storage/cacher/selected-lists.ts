import type { KubeObject } from '../../meta/types.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import type { SelectionPredicate } from '../selection-predicate.js'
import type { KeySnapshot } from './key-tree.js'

const MAX_KEPT = 16
/** Less is selected anew sooner than it is found. */
const MIN_ITEMS = 65

type Objects<T extends KubeObject> = KeySnapshot<StoredObject<T>>

/** What a list is selected from. */
export interface ListSource<T extends KubeObject> {
  /** Prefix of the keys of all that can be in the list, with a slash at its end. */
  readonly prefix: string
  /** What need be looked at; the same snapshots until something in them changes. */
  readonly sets: readonly Objects<T>[]
}

interface Selected<T extends KubeObject> extends ListSource<T> {
  readonly getFields: SelectionPredicate['getFields']
  readonly items: Promise<readonly StoredObject<T>[]>
}

/**
 * Lists by selectors, the same array until something changes in what they are selected from: all who ask for the same share
 * the search, and what is made of its result. A list is held by the first snapshot it came from, and goes with it.
 */
export class SelectedLists<T extends KubeObject = KubeObject> {
  readonly #bySnapshot = new WeakMap<Objects<T>, Map<string, Selected<T>>>()
  /** Whose lists are kept, one entry a list, the oldest first. */
  readonly #kept: WeakRef<Objects<T>>[] = []

  /** @param select finds the objects, if nobody has */
  get(
    source: ListSource<T>,
    predicate: SelectionPredicate,
    select: () => Promise<readonly StoredObject<T>[]>,
  ): Promise<readonly StoredObject<T>[]> {
    const [first] = source.sets
    if (!first) return select()
    const lists = this.#bySnapshot.get(first) ?? new Map<string, Selected<T>>()
    const name = `${source.prefix}\0${predicate.selection}`
    const known = lists.get(name)
    if (known && isSame(known, source, predicate)) return known.items
    const items = select()
    const made = { ...source, getFields: predicate.getFields, items }
    this.#bySnapshot.set(first, lists.set(name, made))
    this.#note(first)
    const forget = () => {
      if (lists.get(name) === made) lists.delete(name)
    }
    items.then((all) => all.length < MIN_ITEMS && forget(), forget)
    return items
  }

  #note(first: Objects<T>): void {
    this.#kept.push(new WeakRef(first))
    if (this.#kept.length <= MAX_KEPT) return
    const oldest = this.#kept.shift()?.deref()
    const lists = oldest && this.#bySnapshot.get(oldest)
    const [name] = lists?.keys() ?? []
    if (name !== undefined) lists!.delete(name)
  }
}

const isSame = <T extends KubeObject>(known: Selected<T>, { sets }: ListSource<T>, predicate: SelectionPredicate) =>
  known.getFields === predicate.getFields &&
  known.sets.length === sets.length &&
  known.sets.every((set, i) => set === sets[i])
