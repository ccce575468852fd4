import type { JSONSchema } from '../runtime/schema/types.js'
import type { Definition } from './definitions.js'
import { withKinds } from './schema-v2.js'
import { escapePointer, mapSchemas } from './schema-walk.js'

/** What a reference to a definition looks like in OpenAPI v3. */
function refV3(name: string): JSONSchema {
  return { $ref: `#/components/schemas/${escapePointer(name)}` }
}

/** A definition as OpenAPI v3 shows it, with the kinds it stands for. */
export function definitionV3(definition: Definition): JSONSchema {
  return withKinds(schemaV3(definition.schema), definition.groupVersionKinds)
}

/**
 * A schema as OpenAPI v3 shows it. A reference with anything beside it (a description, a default) is wrapped in an
 * `allOf`, since v3.0 ignores what stands beside `$ref`.
 *
 * @see https://spec.openapis.org/oas/v3.0.3#reference-object
 */
export function schemaV3(schema: JSONSchema): JSONSchema {
  const copy = mapSchemas(schema, schemaV3)
  if (schema.$ref === undefined) return copy
  const { $ref, ...siblings } = copy
  const ref = refV3(schema.$ref)
  return Object.keys(siblings).length === 0 ? ref : { ...siblings, allOf: [ref] }
}
