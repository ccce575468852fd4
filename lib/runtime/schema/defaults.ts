import { deepCopy, isJSONObject, ownProperty, setOwnProperty } from '../json/index.js'
import type { SchemaNode } from './node.js'

/**
 * Fills in defaults, in place: a missing field with a `default` gets a copy of it, and so does one that is null where
 * null is not allowed. Defaults inside a default apply too.
 *
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting
 */
export function applyDefaults(node: SchemaNode, value: unknown): void {
  if (!node.defaultsInside || typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    if (node.items === undefined) return
    for (const item of value) applyDefaults(node.items, item)
  } else if (isJSONObject(value)) {
    applyToMembers(node, value)
  }
}

function applyToMembers(node: SchemaNode, object: Record<string, unknown>): void {
  for (const [key, member] of node.properties) {
    if (!member.defaultsInside) continue
    const present = ownProperty(object, key)
    if (member.schema.default !== undefined && isMissing(member, present)) {
      setOwnProperty(object, key, deepCopy(member.schema.default))
    }
    applyDefaults(member, ownProperty(object, key))
  }
  const { additional } = node
  if (additional === undefined || !additional.defaultsInside) return
  for (const key of Object.keys(object)) {
    if (node.properties.has(key)) continue
    if (additional.schema.default !== undefined && isMissing(additional, object[key])) {
      setOwnProperty(object, key, deepCopy(additional.schema.default))
    }
    applyDefaults(additional, object[key])
  }
}

function isMissing(node: SchemaNode, value: unknown): boolean {
  return value === undefined || (value === null && !node.nullable)
}
