import type { JSONSchema } from '../runtime/index.js'

/** What extra fields of a user are: lists of texts by key. */
export const extraOfUser = (description: string): JSONSchema => ({
  description,
  type: 'object',
  additionalProperties: { type: 'array', items: { type: 'string', default: '' } },
})
