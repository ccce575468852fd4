import type { FieldError } from '../meta/field/index.js'
import type { KubeObject } from '../meta/types.js'
import { fromStandardSchema, isStandardSchema, type JSONSchema, type StandardSchema } from '../runtime/schema/index.js'

/** Objects of a kind without a schema are taken as they are. */
const ANYTHING: JSONSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }

const nothing = (): readonly FieldError[] => []

/** The structural schema of what a user gave: a schema already, or a zod object with checks of its own. */
export function describedSchema(given: JSONSchema | StandardSchema | undefined): {
  readonly schema: JSONSchema
  readonly validate: (object: KubeObject) => readonly FieldError[]
} {
  if (!given) return { schema: ANYTHING, validate: nothing }
  if (!isStandardSchema(given)) return { schema: given, validate: nothing }
  const { schema, validate } = fromStandardSchema(given)
  return { schema, validate }
}
