import { clampToSafeInteger, parseInt64 } from '../go/number.js'

/** A decoded query; `URLSearchParams` is one. */
export interface Query {
  getAll(name: string): readonly string[]
}

/** The first value of a parameter, empty when it is not there: later ones never count. */
export function queryString(query: Query, name: string): string {
  return query.getAll(name)[0] ?? ''
}

/** A flag: `0` and `false` in any case are false, any other value is true, even the empty one; `undefined` when not there. */
export function queryBool(query: Query, name: string): boolean | undefined {
  const value = query.getAll(name)[0]
  if (value === undefined) return undefined
  return value !== '0' && value.toLowerCase() !== 'false'
}

/**
 * An integer, `undefined` when not there.
 *
 * @throws NumError `strconv.ParseInt: parsing "abc": invalid syntax`.
 */
export function queryInt(query: Query, name: string): number | undefined {
  const value = query.getAll(name)[0]
  return value === undefined ? undefined : clampToSafeInteger(parseInt64(value))
}
