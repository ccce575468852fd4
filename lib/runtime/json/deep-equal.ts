import { DepthError, MAX_DEPTH } from './limits.js'

const EQUAL_DEPTH = 2 * MAX_DEPTH

/**
 * Whether two JSON values mean the same: order of keys does not count, order of items does, a bigint equals the
 * number of the same size, and a key set to `undefined` is an absent key.
 *
 * @throws {@link DepthError} beyond 2,000 levels.
 * @example
 * ```ts
 * if (deepEqual(existing.spec, updated.spec)) return // nothing to bump
 * ```
 */
export function deepEqual(a: unknown, b: unknown): boolean {
  return equal(a, b, 0)
}

function equal(a: unknown, b: unknown, depth: number): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return equalScalar(a, b)
  if (depth === EQUAL_DEPTH) throw new DepthError(EQUAL_DEPTH)
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && equalLists(a, b, depth + 1)
  }
  return equalObjects(a as Record<string, unknown>, b as Record<string, unknown>, depth + 1)
}

function equalScalar(a: unknown, b: unknown): boolean {
  if (typeof a === 'bigint') return typeof b === 'number' && Number.isInteger(b) && BigInt(b) === a
  if (typeof b === 'bigint') return equalScalar(b, a)
  return Number.isNaN(a) && Number.isNaN(b)
}

function equalLists(a: readonly unknown[], b: readonly unknown[], depth: number): boolean {
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) {
    if (!equal(a[index], b[index], depth)) return false
  }
  return true
}

function equalObjects(a: Record<string, unknown>, b: Record<string, unknown>, depth: number): boolean {
  let present = 0
  for (const key of Object.keys(a)) {
    if (a[key] === undefined) continue
    present++
    if (!Object.hasOwn(b, key) || !equal(a[key], b[key], depth)) return false
  }
  for (const key of Object.keys(b)) {
    if (b[key] !== undefined) present--
  }
  return present === 0
}
