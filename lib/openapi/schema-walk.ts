import type { JSONSchema } from '../runtime/schema/types.js'

/** How deep schemas may nest: no kind comes near it, and a walk stays far from the end of the stack. */
export const maxSchemaDepth = 200

type Mutable = { -readonly [K in keyof JSONSchema]: JSONSchema[K] }

/** A copy of a schema with `fn` applied to each schema right below it. Keys such as `__proto__` stay data. */
export function mapSchemas(schema: JSONSchema, fn: (child: JSONSchema) => JSONSchema): JSONSchema {
  const copy: Mutable = { ...schema }
  if (schema.properties) {
    copy.properties = Object.fromEntries(Object.entries(schema.properties).map(([name, child]) => [name, fn(child)]))
  }
  if (typeof schema.additionalProperties === 'object') copy.additionalProperties = fn(schema.additionalProperties)
  if (schema.items) copy.items = fn(schema.items)
  if (schema.not) copy.not = fn(schema.not)
  for (const key of ['allOf', 'anyOf', 'oneOf'] as const) {
    const list = schema[key]
    if (list) copy[key] = list.map(fn)
  }
  return copy
}

/**
 * The definition names that a schema refers to, wherever they stand in it.
 *
 * @throws {Error} if the schema nests deeper than {@link maxSchemaDepth}
 */
export function refsOf(schema: JSONSchema): Set<string> {
  const refs = new Set<string>()
  const visit = (node: JSONSchema, depth: number): JSONSchema => {
    if (depth > maxSchemaDepth) throw new Error(`a schema may not nest deeper than ${maxSchemaDepth} levels`)
    if (node.$ref !== undefined) refs.add(node.$ref)
    mapSchemas(node, (child) => visit(child, depth + 1))
    return node
  }
  visit(schema, 0)
  return refs
}

/**
 * A schema with every reference replaced by what it refers to, for those who cannot follow references: pruning,
 * defaulting and validation. What stands beside a reference wins over the definition.
 *
 * @throws {Error} if a name is not among the definitions, or a definition contains itself
 * @example inlineRefs({ $ref: 'Spec', default: {} }, { Spec: { type: 'object' } }) // { type: 'object', default: {} }
 */
export function inlineRefs(schema: JSONSchema, definitions: Readonly<Record<string, JSONSchema>>): JSONSchema {
  const inline = (node: JSONSchema, within: readonly string[]): JSONSchema => {
    const { $ref, ...siblings } = node
    if ($ref === undefined) return mapSchemas(node, (child) => inline(child, within))
    if (within.includes($ref)) throw new Error(`the definition ${$ref} contains itself`)
    if (!Object.hasOwn(definitions, $ref)) throw new Error(`${$ref} is referred to, but not defined`)
    return { ...inline(definitions[$ref]!, [...within, $ref]), ...siblings }
  }
  return inline(schema, [])
}

/** A definition name as the last part of a JSON pointer (RFC 6901). */
export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
