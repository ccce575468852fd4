import { isJSONObject, MAX_PROBLEMS } from '../json/index.js'
import { FieldTrail } from './field-trail.js'
import type { SchemaNode } from './node.js'

/**
 * Removes the fields that the schema does not know, in place.
 *
 * @returns their paths in the order of the document, at most 100 of them (all are removed)
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-pruning
 */
export function prune(node: SchemaNode, value: unknown): string[] {
  const unknown: string[] = []
  pruneValue(node, value, new FieldTrail(), unknown)
  return unknown
}

function pruneValue(node: SchemaNode, value: unknown, trail: FieldTrail, unknown: string[]): void {
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    if (node.items === undefined) return
    for (let index = 0; index < value.length; index++) {
      trail.enter(index)
      pruneValue(node.items, value[index], trail, unknown)
      trail.leave()
    }
  } else if (isJSONObject(value) && node.type !== 'array') {
    pruneMembers(node, value, trail, unknown)
  }
}

function pruneMembers(node: SchemaNode, object: Record<string, unknown>, trail: FieldTrail, unknown: string[]): void {
  for (const key of Object.keys(object)) {
    const member = node.properties.get(key) ?? node.additional
    if (member === undefined && node.keepsUnknown) continue
    trail.enter(key)
    if (member !== undefined) {
      pruneValue(member, object[key], trail, unknown)
    } else {
      delete object[key]
      if (unknown.length < MAX_PROBLEMS) unknown.push(trail.toString())
    }
    trail.leave()
  }
}
