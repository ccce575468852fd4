import { isJSONObject, setOwnProperty } from '../../runtime/json/index.js'

/** What a strategic merge patch says about merging stands between the data, under these keys. */
export const DIRECTIVE = '$patch'
export const RETAIN_KEYS = '$retainKeys'
/** Before a slash and the name of a list. */
export const SET_ELEMENT_ORDER = '$setElementOrder'
/** Before a slash and the name of a list. */
export const DELETE_FROM_PRIMITIVE_LIST = '$deleteFromPrimitiveList'

/** Whether a key says how to merge instead of what. */
export const isDirective = (key: string): boolean =>
  key === DIRECTIVE ||
  key === RETAIN_KEYS ||
  key.startsWith(SET_ELEMENT_ORDER) ||
  key.startsWith(DELETE_FROM_PRIMITIVE_LIST)

/** Whether a value is an object with a `$patch`. */
export const isMarked = (value: unknown): value is Record<string, unknown> =>
  isJSONObject(value) && Object.hasOwn(value, DIRECTIVE)

/**
 * A copy of a part of a patch that meets nothing to be merged with: without directives, and without the nulls that would
 * have removed something. Items of lists may be null, their members not.
 *
 * @returns undefined for an object with a `$patch`, which speaks of what is not there
 */
export function withoutDirectives(value: unknown): unknown {
  return isMarked(value) ? undefined : plain(value, false)
}

/** {@link withoutDirectives} of an object's members alone: its own `$patch` is left out. */
export function plainObject(object: Readonly<Record<string, unknown>>, keepNulls = false): Record<string, unknown> {
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(object)) {
    const value = object[key]
    if (isDirective(key) || isMarked(value) || (value === null && !keepNulls)) continue
    setOwnProperty(copy, key, plain(value, keepNulls))
  }
  return copy
}

/** Items of a list that are data, with all their nulls; those with a `$patch` are not. */
export function plainList(list: readonly unknown[], keepNulls = true): unknown[] {
  return list.filter((item) => !isMarked(item)).map((item) => plain(item, keepNulls))
}

function plain(value: unknown, keepNulls: boolean): unknown {
  if (Array.isArray(value)) return plainList(value, keepNulls)
  return isJSONObject(value) ? plainObject(value, keepNulls) : value
}
