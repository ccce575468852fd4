import type { KubeObject } from '../../meta/types.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import type { SelectionPredicate } from '../selection-predicate.js'
import type { KeySnapshot } from './key-tree.js'

const MAX_KEPT = 16
/** Less is selected anew sooner than it is found. */
const MIN_ITEMS = 65
/** One of more than these changes sooner than the same is asked again. */
const MAX_SETS = 8

type Objects<T extends KubeObject> = KeySnapshot<StoredObject<T>>

/** What a list is selected from. */
export interface ListSource<T extends KubeObject> {
  /** Prefix of the keys of all that can be in the list, with a slash at its end. */
  readonly prefix: string
  /** What need be looked at; the same snapshots until something in them changes. */
  readonly sets: readonly Objects<T>[]
}

interface Selected<T extends KubeObject> {
  readonly getFields: SelectionPredicate['getFields']
  readonly items: Promise<readonly StoredObject<T>[]>
}

/** What was selected from the snapshots that lead here, by prefix and selector, and from those and further ones. */
interface Branch<T extends KubeObject> {
  readonly lists: Map<string, Selected<T>>
  readonly further: WeakMap<Objects<T>, Branch<T>>
}

const branch = <T extends KubeObject>(): Branch<T> => ({ lists: new Map(), further: new WeakMap() })

/**
 * Lists by selectors, the same array until something changes in what they are selected from: all who ask for the same share
 * the search, and what is made of its result. A list goes with the first of its snapshots that nobody holds any more.
 */
export class SelectedLists<T extends KubeObject = KubeObject> {
  readonly #root = branch<T>()
  /** Where lists are kept, one entry a list, the oldest first. */
  readonly #kept: WeakRef<Branch<T>['lists']>[] = []

  /** @param select finds the objects, if nobody has */
  get(
    { prefix, sets }: ListSource<T>,
    predicate: SelectionPredicate,
    select: () => Promise<readonly StoredObject<T>[]>,
  ): Promise<readonly StoredObject<T>[]> {
    if (sets.length === 0 || sets.length > MAX_SETS) return select()
    const lists = this.#listsOf(sets)
    const { getFields } = predicate
    const name = `${prefix}\0${predicate.selection}`
    const known = lists.get(name)
    if (known?.getFields === getFields) return known.items
    const items = select()
    const made = { getFields, items }
    lists.set(name, made)
    const forget = () => {
      if (lists.get(name) === made) lists.delete(name)
    }
    items.then((all) => (all.length < MIN_ITEMS ? forget() : this.#note(lists)), forget)
    return items
  }

  /** Held by each of the snapshots for as long as all of them are. */
  #listsOf(sets: readonly Objects<T>[]): Branch<T>['lists'] {
    let at = this.#root
    for (const set of sets) {
      const next = at.further.get(set) ?? branch<T>()
      at.further.set(set, next)
      at = next
    }
    return at.lists
  }

  #note(lists: Branch<T>['lists']): void {
    this.#kept.push(new WeakRef(lists))
    if (this.#kept.length <= MAX_KEPT) return
    const oldest = this.#kept.shift()?.deref()
    const [name] = oldest?.keys() ?? []
    if (name !== undefined) oldest!.delete(name)
  }
}
