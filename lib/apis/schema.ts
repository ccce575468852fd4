import type { JSONSchema } from '../runtime/index.js'

type Fields = Readonly<Record<string, JSONSchema>>

/** An optional text. */
export const text = (description: string): JSONSchema => ({ description, type: 'string' })

/** A truth that is left out when it is false. */
export const flag = (description: string): JSONSchema => ({ description, type: 'boolean' })

/** A list that is replaced as a whole. */
export const texts = (description: string): JSONSchema => ({
  description,
  type: 'array',
  items: { type: 'string', default: '' },
  'x-kubernetes-list-type': 'atomic',
})

/** What extra fields of a user are: lists of texts by key. */
export const extraOfUser = (description: string): JSONSchema => ({
  description,
  type: 'object',
  additionalProperties: { type: 'array', items: { type: 'string', default: '' } },
})

/** A list of a definition's objects, replaced as a whole. The definition needs nothing, or has a default for it. */
export const listOf = (definition: string, description: string): JSONSchema => ({
  description,
  type: 'array',
  items: { $ref: definition, default: {} },
  'x-kubernetes-list-type': 'atomic',
})

/** A part that is there if somebody gave it. */
export const pointerTo = (definition: string, description: string): JSONSchema => ({ $ref: definition, description })

/** A part that is always there. */
export const struct = (definition: string, description: string): JSONSchema => ({
  $ref: definition,
  description,
  default: {},
})

export const object = (description: string, properties: Fields, required: readonly string[] = []): JSONSchema => ({
  description,
  type: 'object',
  ...(required.length > 0 ? { required } : {}),
  properties,
})
