import { typeInvalid } from '../../meta/field/index.js'
import { isJSONObject } from '../json/index.js'
import type { ErrorSink } from './error-sink.js'
import type { FieldTrail } from './field-trail.js'
import type { SchemaNode } from './node.js'
import { inBody } from './scalar-checks.js'

/** Checks a value and all inside it; stops early once the sink is full. */
export function validateNode(node: SchemaNode, value: unknown, trail: FieldTrail, sink: ErrorSink): void {
  if (value === undefined || sink.full) return
  if (value === null ? !node.nullable && node.type !== 'any' : !hasType(node, value)) {
    const type = node.type === 'int-or-string' ? 'integer,string' : node.type
    const found = value === null ? 'null' : typeName(value)
    sink.add(typeInvalid(trail.path(), found, `${inBody(trail)} must be of type ${type}: "${found}"`))
    return
  }
  if (value === null && node.nullable) return
  for (const check of node.checks) check(value, trail, sink)
  if (Array.isArray(value)) validateItems(node, value, trail, sink)
  else if (isJSONObject(value)) validateMembers(node, value, trail, sink)
}

function validateItems(node: SchemaNode, list: readonly unknown[], trail: FieldTrail, sink: ErrorSink): void {
  if (node.items === undefined) return
  for (let index = 0; index < list.length && !sink.full; index++) {
    trail.enter(index)
    validateNode(node.items, list[index], trail, sink)
    trail.leave()
  }
}

function validateMembers(node: SchemaNode, object: Record<string, unknown>, trail: FieldTrail, sink: ErrorSink): void {
  if (node.properties.size === 0 && node.additional === undefined) return
  for (const key of Object.keys(object)) {
    const member = node.properties.get(key) ?? node.additional
    if (member === undefined) continue
    trail.enter(key)
    validateNode(member, object[key], trail, sink)
    trail.leave()
  }
}

function hasType(node: SchemaNode, value: unknown): boolean {
  switch (node.type) {
    case 'any':
      return true
    case 'object':
      return isJSONObject(value)
    case 'array':
      return Array.isArray(value)
    case 'integer':
      return typeof value === 'bigint' || Number.isInteger(value)
    case 'number':
      return typeof value === 'bigint' || typeof value === 'number'
    case 'int-or-string':
      return typeof value === 'string' || typeof value === 'bigint' || Number.isInteger(value)
    default:
      return typeof value === node.type
  }
}

/** JSON's name of a value's type, with integers told apart as JSON schema does. */
function typeName(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'bigint' || Number.isInteger(value)) return 'integer'
  return typeof value
}
