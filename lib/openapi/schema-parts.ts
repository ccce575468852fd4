import type { JSONSchema } from '../runtime/schema/types.js'

export const apiVersionDescription =
  'The versioned schema of this representation of an object. More info: ' +
  'https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources'

export const kindDescription =
  'The kind of resource this object represents, in CamelCase. Cannot be updated. More info: ' +
  'https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds'

/** Schemas by the names of the fields that they describe. */
export type Fields = Readonly<Record<string, JSONSchema>>

/** An optional text. */
export const string = (description: string): JSONSchema => ({ description, type: 'string' })

/** A text that is always there: Go shows its zero value, and so does the reference. */
export const requiredString = (description: string): JSONSchema => ({ description, type: 'string', default: '' })

/** A truth that is left out when it is false. */
export const boolean = (description: string): JSONSchema => ({ description, type: 'boolean' })

export const integer = (format: 'int32' | 'int64', description: string): JSONSchema => ({
  description,
  type: 'integer',
  format,
})

/** A list of texts that is replaced as a whole, unless its extensions say otherwise. */
export const strings = (description: string, extensions: JSONSchema = {}): JSONSchema => ({
  description,
  type: 'array',
  items: { type: 'string', default: '' },
  'x-kubernetes-list-type': 'atomic',
  ...extensions,
})

export const stringMap = (description: string): JSONSchema => ({
  description,
  type: 'object',
  additionalProperties: { type: 'string', default: '' },
})

/** What a definition describes, there only if somebody gave it. */
export const ref = (definition: string, description: string): JSONSchema => ({ $ref: definition, description })

/** A struct that is always there, never a pointer: the reference documents it with an empty default. */
export const struct = (definition: string, description: string): JSONSchema => ({
  ...ref(definition, description),
  default: {},
})

/** A list of what a definition describes, replaced as a whole unless its extensions say otherwise. */
export const listOf = (definition: string, description: string, extensions: JSONSchema = {}): JSONSchema => ({
  description,
  type: 'array',
  items: { $ref: definition, default: {} },
  'x-kubernetes-list-type': 'atomic',
  ...extensions,
})

export function object(description: string, properties: Fields, required: readonly string[] = []): JSONSchema {
  return { description, type: 'object', ...(required.length > 0 ? { required } : {}), properties }
}

/** Of a kind: an object that says its own apiVersion and kind. */
export function kind(description: string, properties: Fields, required: readonly string[] = []): JSONSchema {
  const typeMeta = { apiVersion: string(apiVersionDescription), kind: string(kindDescription) }
  return object(description, { ...typeMeta, ...properties }, required)
}
