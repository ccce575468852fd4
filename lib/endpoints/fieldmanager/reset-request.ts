import { isJSONObject } from '../../runtime/json/index.js'

/**
 * Whether an object as it came says `managedFields: []`, which asks to forget all managers. Built-in types lose the empty
 * list when they are decoded, so it has to be looked for before.
 */
export function saysNoManagers(value: unknown): boolean {
  if (!isJSONObject(value) || !isJSONObject(value.metadata)) return false
  const { managedFields } = value.metadata
  return Array.isArray(managedFields) && managedFields.length === 0
}
