import type { SchemaNode } from './node.js'
import type { JSONSchema } from './types.js'

/**
 * Follows a path of keys and list indices (any number stands for "an item") down the schema: how a strategic merge
 * patch or an apply learns list types, merge keys and patch strategies.
 */
export function schemaAt(root: SchemaNode, path: readonly (string | number)[]): JSONSchema | undefined {
  let node: SchemaNode | undefined = root
  for (const segment of path) {
    if (node === undefined) return undefined
    node = typeof segment === 'number' ? node.items : (node.properties.get(segment) ?? node.additional)
  }
  return node?.schema
}
