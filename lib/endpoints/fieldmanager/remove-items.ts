import { isJSONObject, setOwnProperty } from '../../runtime/json/index.js'
import type { FieldSet } from './field-set.js'
import { type FieldType, type ListType, type MapType, memberOf, typeOf } from './field-type.js'
import { itemElement } from './list-items.js'

/**
 * A value without the fields, entries and items that a set names, each with all that lies below it. The value is not
 * changed; the result shares what stays whole. A container that loses everything it held stays as an empty one.
 */
export function removeItems(declared: FieldType, value: unknown, remove: FieldSet): unknown {
  if (remove.children.size === 0) return value
  const type = typeOf(declared, value)
  if (type.kind === 'scalar' || type.atomic) return value
  if (type.kind === 'list') return Array.isArray(value) ? withoutItems(type, value, remove) : value
  return isJSONObject(value) ? withoutMembers(type, value, remove) : value
}

function withoutMembers(type: MapType, value: Record<string, unknown>, remove: FieldSet): Record<string, unknown> {
  const rest: Record<string, unknown> = {}
  for (const name of Object.keys(value)) {
    const member = memberOf(type, name)
    const below = remove.at(member.element)
    if (below.member) continue
    setOwnProperty(rest, name, member.type ? removeItems(member.type, value[name], below) : value[name])
  }
  return rest
}

function withoutItems(type: ListType, items: readonly unknown[], remove: FieldSet): unknown[] {
  const rest: unknown[] = []
  for (const [index, item] of items.entries()) {
    const below = remove.at(itemElement(type, item, index))
    if (!below.member) rest.push(removeItems(type.items, item, below))
  }
  return rest
}
