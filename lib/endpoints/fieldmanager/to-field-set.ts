import { isJSONObject } from '../../runtime/json/index.js'
import { FieldSet, put } from './field-set.js'
import { type FieldType, type ListType, type MapType, memberOf, typeOf } from './field-type.js'
import { itemsByElement } from './list-items.js'
import type { PathElement } from './path-element.js'

/**
 * What a configuration says: its leaves, entries of maps and items of lists. A declared field that only holds others is
 * not part of it, since whoever names one of those does not want to own the rest.
 *
 * @throws TypedValueError
 */
export function toFieldSet(declared: FieldType, value: unknown): FieldSet {
  const type = typeOf(declared, value)
  if (type.kind === 'scalar' || type.atomic) return FieldSet.LEAF
  if (type.kind === 'list') return Array.isArray(value) ? itemsOf(type, value, toFieldSet) : FieldSet.EMPTY
  if (!isJSONObject(value)) return FieldSet.EMPTY
  const children = new Map<PathElement, FieldSet>()
  for (const name of Object.keys(value)) {
    const member = memberOf(type, name)
    if (member.type === undefined) children.set(member.element, FieldSet.LEAF)
    else {
      const set = toFieldSet(member.type, value[name])
      put(children, member.element, saysSomethingItself(type, name, value[name]) ? set.asMember() : set)
    }
  }
  return FieldSet.of(false, children)
}

function saysSomethingItself(type: MapType, name: string, value: unknown): boolean {
  return value === null || !type.fields.has(name) || (isJSONObject(value) && Object.keys(value).length === 0)
}

/**
 * Every path there is in a value, containers too: what appears when it is added, and goes when it is removed.
 *
 * @throws TypedValueError
 */
export function everyPath(declared: FieldType, value: unknown): FieldSet {
  const type = typeOf(declared, value)
  if (type.kind === 'scalar' || type.atomic) return FieldSet.LEAF
  if (type.kind === 'list') return Array.isArray(value) ? itemsOf(type, value, everyPath).asMember() : FieldSet.LEAF
  if (!isJSONObject(value)) return FieldSet.LEAF
  const children = new Map<PathElement, FieldSet>()
  for (const name of Object.keys(value)) {
    const member = memberOf(type, name)
    children.set(member.element, member.type === undefined ? FieldSet.LEAF : everyPath(member.type, value[name]))
  }
  return FieldSet.of(true, children)
}

/** Duplicates are owned together, as one leaf. */
function itemsOf(
  type: ListType,
  items: readonly unknown[],
  setOf: (type: FieldType, item: unknown) => FieldSet,
): FieldSet {
  const children = new Map<PathElement, FieldSet>()
  for (const [element, same] of itemsByElement(type, items))
    children.set(element, same.length > 1 ? FieldSet.LEAF : setOf(type.items, same[0]).asMember())
  return FieldSet.of(false, children)
}
