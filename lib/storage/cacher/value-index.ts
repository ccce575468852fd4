import type { KubeObject } from '../../meta/types.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import { compareKeys } from '../kv/compare-keys.js'
import { KeySnapshot, KeyTree } from './key-tree.js'
import { type IndexedValue, UNREADABLE } from './match-values.js'

/** So many objects are kept in an array, which takes a tenth of a tree's memory: there may be a value for each object. */
const MAX_ARRAY = 64
const FEW = MAX_ARRAY / 4

/** Objects in order of their keys. An array is not changed any more, and has no room to spare. */
type Objects<T extends KubeObject> = readonly StoredObject<T>[] | KeyTree<StoredObject<T>>

/** The objects of each value of one label or field. What has no value is not here, and never missed. */
export class ValueIndex<T extends KubeObject = KubeObject> {
  readonly #byValue = new Map<IndexedValue, Objects<T>>()

  /** Adds an object, or puts it in the place of another state of it: true. */
  set(value: IndexedValue, object: StoredObject<T>): boolean {
    if (value === undefined) return true
    const objects = this.#byValue.get(value)
    if (objects instanceof KeyTree) {
      const { size } = objects
      objects.set(object.key, object)
      return objects.size === size
    }
    const at = objects ? placeIn(objects, object.key) : 0
    const replaces = objects?.[at]?.key === object.key
    const more = objects?.toSpliced(at, replaces ? 1 : 0, object) ?? [object]
    this.#byValue.set(value, more.length > MAX_ARRAY ? treeOf(more) : more)
    return replaces
  }

  /** @returns whether there was something to delete */
  delete(value: IndexedValue, key: string): boolean {
    if (value === undefined) return true
    const objects = this.#byValue.get(value)
    if (!objects) return false
    if (objects instanceof KeyTree) {
      const { size } = objects
      objects.delete(key)
      if (objects.size <= FEW) this.#byValue.set(value, objects.snapshot().slice('', undefined))
      return objects.size < size
    }
    const at = placeIn(objects, key)
    if (objects[at]?.key !== key) return false
    if (objects.length === 1) this.#byValue.delete(value)
    else this.#byValue.set(value, objects.toSpliced(at, 1))
    return true
  }

  /** All that may have one of the values, as it stands now, in sets that have nothing in common. */
  objectsOf(values: readonly string[]): KeySnapshot<StoredObject<T>>[] {
    const sets: KeySnapshot<StoredObject<T>>[] = []
    for (const value of [...values, UNREADABLE] as const) {
      const objects = this.#byValue.get(value)
      if (objects) sets.push(objects instanceof KeyTree ? objects.snapshot() : snapshotOf(objects))
    }
    return sets
  }
}

/** Where an object stands, or would stand. */
function placeIn(objects: readonly StoredObject[], key: string): number {
  let low = 0
  let high = objects.length
  // An index is made in order of keys.
  if (high > 0 && compareKeys(objects[high - 1]!.key, key) < 0) return high
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareKeys(objects[middle]!.key, key) < 0) low = middle + 1
    else high = middle
  }
  return low
}

function treeOf<T extends KubeObject>(objects: readonly StoredObject<T>[]): KeyTree<StoredObject<T>> {
  const tree = new KeyTree<StoredObject<T>>()
  for (const object of objects) tree.set(object.key, object)
  return tree
}

function snapshotOf<T extends KubeObject>(objects: readonly StoredObject<T>[]): KeySnapshot<StoredObject<T>> {
  const keys = objects.map(({ key }) => key)
  return KeySnapshot.ofFew(keys, objects)
}
