import { quote } from './quote.js'

const MAX_UINT64 = 0xffffffffffffffffn
const MAX_INT64 = 0x7fffffffffffffffn

/** A text that is no number, in the words of Go's `strconv.NumError`. */
export class NumError extends Error {
  override readonly name = 'NumError'

  constructor(
    readonly func: string,
    readonly num: string,
    readonly reason: 'invalid syntax' | 'value out of range',
  ) {
    super(`strconv.${func}: parsing ${quote(num)}: ${reason}`)
  }
}

/** The value of decimal digits, `undefined` where something else stands; `'range'` as soon as it passes 64 bits. */
function parseDigits(text: string, from: number): bigint | 'range' | undefined {
  if (from >= text.length) return undefined
  let first = from
  while (text.charCodeAt(first) === 0x30) first++
  let end = first
  // Twenty significant digits hold every uint64: nothing longer is ever given to BigInt.
  while (end < text.length && end - first < 20 && isDigit(text.charCodeAt(end))) end++
  const value = end > first ? BigInt(text.slice(first, end)) : 0n
  if (value > MAX_UINT64) return 'range'
  if (end === text.length) return value
  return isDigit(text.charCodeAt(end)) ? 'range' : undefined
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

/**
 * Go's `strconv.ParseUint(text, 10, 64)`.
 *
 * @throws NumError `strconv.ParseUint: parsing "abc": invalid syntax` (or `value out of range`).
 */
export function parseUint64(text: string): bigint {
  const value = parseDigits(text, 0)
  if (value === undefined) throw new NumError('ParseUint', text, 'invalid syntax')
  if (value === 'range') throw new NumError('ParseUint', text, 'value out of range')
  return value
}

/**
 * Go's `strconv.ParseInt(text, 10, 64)`: one sign is allowed.
 *
 * @throws NumError `strconv.ParseInt: parsing "abc": invalid syntax` (or `value out of range`).
 */
export function parseInt64(text: string): bigint {
  const sign = text.startsWith('-') ? -1n : 1n
  const value = parseDigits(text, sign < 0n || text.startsWith('+') ? 1 : 0)
  if (value === undefined) throw new NumError('ParseInt', text, 'invalid syntax')
  if (value === 'range' || value > (sign < 0n ? MAX_INT64 + 1n : MAX_INT64)) {
    throw new NumError('ParseInt', text, 'value out of range')
  }
  return sign * value
}

/** A 64-bit integer as a JavaScript number; what is too big to be exact becomes the nearest exact integer. */
export function clampToSafeInteger(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) return Number.MAX_SAFE_INTEGER
  if (value < BigInt(Number.MIN_SAFE_INTEGER)) return Number.MIN_SAFE_INTEGER
  return Number(value)
}
