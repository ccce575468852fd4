import { deepCopy, isJSONObject, ownProperty, setOwnProperty } from '../json/index.js'
import type { SchemaNode } from './node.js'

/**
 * Shapes an object, in place, as Go encodes a struct whose fields are `omitempty`:
 *
 * - optional strings `""`, numbers `0`, booleans `false`, empty lists and empty maps are dropped, and so is null;
 * - an object with a `default` is a struct held by value and always there (`spec: {}`), one without is a pointer and
 *   there if it was given;
 * - `required` fields and everything inside lists and maps stay;
 * - so does a zero value that says something: where the default is another one, where null is allowed, or where the
 *   schema carries `x-go-pointer: true`.
 */
export function omitEmpty(node: SchemaNode, value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    if (node.items === undefined) return
    for (const item of value) omitEmpty(node.items, item)
  } else if (isJSONObject(value)) {
    for (const [key, member] of node.properties) omitMember(node, value, key, member)
    if (node.additional === undefined) return
    for (const key of Object.keys(value)) {
      if (!node.properties.has(key)) omitEmpty(node.additional, value[key])
    }
  }
}

function omitMember(node: SchemaNode, object: Record<string, unknown>, key: string, member: SchemaNode): void {
  const value = ownProperty(object, key)
  if (value === undefined || (value === null && !member.nullable)) {
    if (isStruct(member) && member.schema.default !== undefined) setOwnProperty(object, key, emptyStruct(member))
    else delete object[key]
    return
  }
  omitEmpty(member, value)
  if (!node.required.has(key) && isEmpty(value) && !meansSomething(member, value)) delete object[key]
}

/** A default is copied whole: what is filled in must not change again when it is read and defaulted. */
function emptyStruct(member: SchemaNode): unknown {
  const struct = deepCopy(member.schema.default)
  omitEmpty(member, struct)
  return struct
}

function isStruct(node: SchemaNode): boolean {
  return node.type === 'object' && node.additional === undefined
}

function isEmpty(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value === '' || value === 0 || value === false
  return Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0
}

function meansSomething(node: SchemaNode, value: unknown): boolean {
  if (node.nullable || node.schema['x-go-pointer'] === true || node.type === 'any' || isStruct(node)) return true
  return node.schema.default !== undefined && (typeof value === 'object' || node.schema.default !== value)
}
