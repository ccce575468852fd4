import type { JSONSchema } from '../runtime/schema/types.js'
import { metaName } from './meta-names.js'

export const apiVersionDescription =
  'The versioned schema of this representation of an object. More info: ' +
  'https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources'

export const kindDescription =
  'The kind of resource this object represents, in CamelCase. Cannot be updated. More info: ' +
  'https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds'

export type Fields = Readonly<Record<string, JSONSchema>>

export const string = (description: string): JSONSchema => ({ description, type: 'string' })
export const requiredString = (description: string): JSONSchema => ({ description, type: 'string', default: '' })
export const boolean = (description: string): JSONSchema => ({ description, type: 'boolean' })
export const integer = (format: 'int32' | 'int64', description: string): JSONSchema => ({
  description,
  type: 'integer',
  format,
})
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
export const ref = (type: string, description: string): JSONSchema => ({ $ref: metaName(type), description })
/** A struct that is always there, never a pointer: the reference documents it with an empty default. */
export const struct = (type: string, description: string): JSONSchema => ({ ...ref(type, description), default: {} })
export const listOf = (type: string, description: string, extensions: JSONSchema = {}): JSONSchema => ({
  description,
  type: 'array',
  items: { $ref: metaName(type), default: {} },
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
