import type { UserInfo } from '../meta/context.js'

/**
 * Checks what somebody outside this library says of a user: a session's object, an answer over the network.
 * `username` is taken where there is no `name`: so TokenReviews call it.
 *
 * @throws TypeError when it has no name, or something in it is of another type; never shows a value
 */
export function userInfoOf(given: unknown): UserInfo {
  if (typeof given === 'string') return { name: nameOf(given), groups: [] }
  if (typeof given !== 'object' || given === null) throw new TypeError('a user must be an object or a name')
  const { name, username, uid, groups, extra } = given as Record<string, unknown>
  return {
    name: nameOf(name ?? username),
    ...(uid !== undefined && uid !== null && uid !== '' && { uid: textOf(uid, 'uid') }),
    groups: groups === undefined || groups === null ? [] : textsOf(groups, 'groups'),
    ...(extra !== undefined && extra !== null && { extra: extraOf(extra) }),
  }
}

function nameOf(value: unknown): string {
  const name = textOf(value, 'name')
  if (name === '') throw new TypeError("a user's name must not be empty")
  return name
}

function textOf(value: unknown, field: string): string {
  if (typeof value !== 'string') throw new TypeError(`a user's ${field} must be a string`)
  return value
}

function textsOf(value: unknown, field: string): readonly string[] {
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
    throw new TypeError(`a user's ${field} must be an array of strings`)
  return value
}

/** Keys come from outside: `__proto__` is one like any other. */
function extraOf(value: unknown): Readonly<Record<string, readonly string[]>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError("a user's extra must be an object")
  const extra = emptyExtra()
  for (const [key, values] of Object.entries(value)) extra[key] = textsOf(values, 'extra')
  return extra
}

/** A table for keys from outside. */
export function emptyExtra(): Record<string, readonly string[]> {
  return Object.create(null) as Record<string, readonly string[]>
}
