import type { GroupVersionKind } from '../meta/types.js'
import type { JSONSchema } from '../runtime/schema/types.js'
import type { Definition } from './definitions.js'
import { metaName } from './meta-names.js'
import { escapePointer, mapSchemas } from './schema-walk.js'

type Mutable = { -readonly [K in keyof JSONSchema]: JSONSchema[K] }

/** What a reference to a definition looks like in OpenAPI v2. */
function refV2(name: string): JSONSchema {
  return { $ref: `#/definitions/${escapePointer(name)}` }
}

/** A definition as OpenAPI v2 shows it, with the kinds it stands for. */
export function definitionV2(definition: Definition): JSONSchema {
  return withKinds(schemaV2(definition.schema), definition.groupVersionKinds)
}

/** A definition with its `x-kubernetes-group-version-kind`, which kubectl finds the schema of an object by. */
export function withKinds(schema: JSONSchema, kinds: readonly GroupVersionKind[]): JSONSchema {
  if (kinds.length === 0) return schema
  return {
    ...schema,
    'x-kubernetes-group-version-kind': kinds.map(({ group, kind, version }) => ({ group, kind, version })),
  }
}

/**
 * A schema as OpenAPI v2 can say it: no defaults, no `nullable`, no `oneOf`, `anyOf` or `not`, and looser where v2 would
 * otherwise refuse what the server takes. Old kubectl reads only v2 and drops the whole document over one schema it
 * cannot parse, such as an array without items.
 *
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#publish-validation-schema-in-openapi
 */
export function schemaV2(schema: JSONSchema): JSONSchema {
  if (schema.$ref !== undefined) return referenceV2(schema)
  const copy: Mutable = mapSchemas(looserV2(schema), schemaV2)
  if (schema['x-kubernetes-embedded-resource'] && copy.type === 'object') embedResource(copy)
  if (copy.properties && Object.keys(copy.properties).length === 0) delete copy.properties
  if (copy.type === 'array' && copy.items === undefined) delete copy.type
  if (copy.required?.length === 0) delete copy.required
  return copy
}

/** Nothing but a description and extensions may stand beside a reference: kubectl refuses a type or properties there. */
function referenceV2(schema: JSONSchema): JSONSchema {
  const extensions = Object.entries(schema).filter(([key]) => key.startsWith('x-'))
  const description = schema.description === undefined ? {} : { description: schema.description }
  return { ...refV2(schema.$ref!), ...description, ...Object.fromEntries(extensions) }
}

function looserV2(schema: JSONSchema): JSONSchema {
  const copy: Mutable = { ...schema }
  for (const key of ['default', 'nullable', 'oneOf', 'anyOf', 'not', 'allOf'] as const) delete copy[key]
  if (schema.allOf?.length === 1 && schema.allOf[0]!.$ref !== undefined) copy.allOf = schema.allOf
  if (copy.additionalProperties === false) delete copy.additionalProperties
  if (schema.nullable) {
    for (const key of ['type', 'items', 'properties', 'additionalProperties', 'required'] as const) delete copy[key]
  }
  if (schema['x-kubernetes-preserve-unknown-fields']) {
    for (const key of ['items', 'properties', 'required'] as const) delete copy[key]
  }
  if (schema['x-kubernetes-int-or-string']) delete copy.type
  if (copy.required) copy.required = copy.required.filter((name) => !schema.properties?.[name]?.nullable)
  return copy
}

function embedResource(copy: Mutable): void {
  if (copy['x-kubernetes-preserve-unknown-fields']) return
  const string: JSONSchema = { type: 'string' }
  copy.properties = { ...copy.properties, apiVersion: string, kind: string, metadata: refV2(metaName('ObjectMeta')) }
}
