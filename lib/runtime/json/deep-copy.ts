import { DepthError, MAX_DEPTH } from './limits.js'
import { setOwnProperty } from './own-property.js'

// Twice what a decoder lets through: a list or a patched object may wrap decoded values, and the stack still holds.
const COPY_DEPTH = 2 * MAX_DEPTH

/**
 * A copy that shares no object or list with the original. Strings, numbers, booleans, null and bigints are kept.
 *
 * @throws {@link DepthError} beyond 2,000 levels.
 * @example
 * ```ts
 * const draft = deepCopy(stored)
 * ```
 */
export function deepCopy<T>(value: T): T {
  return copy(value, 0) as T
}

function copy(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (depth === COPY_DEPTH) throw new DepthError(COPY_DEPTH)
  if (Array.isArray(value)) {
    const list = new Array<unknown>(value.length)
    for (let index = 0; index < value.length; index++) list[index] = copy(value[index], depth + 1)
    return list
  }
  const object: Record<string, unknown> = {}
  for (const key of Object.keys(value)) {
    setOwnProperty(object, key, copy((value as Record<string, unknown>)[key], depth + 1))
  }
  return object
}
