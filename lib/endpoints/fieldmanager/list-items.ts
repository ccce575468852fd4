import { quote } from '../../meta/go/index.js'
import { isJSONObject, ownProperty } from '../../runtime/json/index.js'
import type { ListType } from './field-type.js'
import { keyElement, type PathElement, valueElement } from './path-element.js'
import { TypedValueError } from './typed-error.js'

/**
 * The step to an item of a list that is a set or a map.
 *
 * @throws TypedValueError for an item that cannot stand in such a list
 */
export function itemElement(list: ListType, item: unknown, index: number): PathElement {
  if (list.keys.length === 0) return setElement(item, index)
  if (item === null) throw itemError(index, 'associative list with keys may not have a null element')
  if (!isJSONObject(item)) throw itemError(index, 'associative list with keys may not have non-map elements')
  const keys: [string, unknown][] = []
  for (const key of list.keys) {
    const value = ownProperty(item, key) ?? list.keyDefaults.get(key)
    if (value !== undefined) keys.push([key, value])
  }
  if (keys.length === 0) {
    const names = `[${list.keys.map(quote).join(' ')}]`
    throw itemError(
      index,
      `associative list with keys has an element that omits all key fields ${names} (and doesn't have default values for any key fields)`,
    )
  }
  return keyElement(keys)
}

function setElement(item: unknown, index: number): PathElement {
  if (item === null) throw itemError(index, "associative list without keys has an element that's an explicit null")
  if (Array.isArray(item)) throw itemError(index, 'not supported: associative list with lists as elements')
  if (typeof item === 'object') throw itemError(index, "associative list without keys has an element that's a map type")
  return valueElement(item)
}

const itemError = (index: number, message: string): TypedValueError =>
  TypedValueError.at([], `element ${index}: ${message}`)

/** The items of a list by the step to them, in order; several items under one step are duplicates. */
export const itemsByElement = (list: ListType, items: readonly unknown[]): Map<PathElement, unknown[]> =>
  grouped(
    items.map((item, index) => itemElement(list, item, index)),
    items,
  )

/** Items by the step to each of them, which is known. */
export function grouped(elements: readonly PathElement[], items: readonly unknown[]): Map<PathElement, unknown[]> {
  const found = new Map<PathElement, unknown[]>()
  for (let index = 0; index < items.length; index++) {
    const element = elements[index]!
    const same = found.get(element)
    if (same) same.push(items[index])
    else found.set(element, [items[index]])
  }
  return found
}
