const NANOSECONDS: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['µs', 1_000n],
  ['μs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
])

const MAX_DURATION = 0x7fffffffffffffffn
// More digits than this never fit an int64 of nanoseconds (whole part) or change it (fraction).
const MAX_DIGITS = 19

/**
 * Go's `time.ParseDuration`: `1h15m30.918s`, `-1.5h`, `300ms`.
 *
 * @returns milliseconds, with a fraction where the text has one.
 * @throws Error in Go's words: `time: invalid duration "x"`, `time: missing unit in duration "5"`,
 * `time: unknown unit "d" in duration "5d"`.
 * @see https://pkg.go.dev/time#ParseDuration
 * @example
 * ```ts
 * parseDuration('1m30s') // 90000
 * ```
 */
export function parseDuration(text: string): number {
  const negative = text.startsWith('-')
  let rest = negative || text.startsWith('+') ? text.slice(1) : text
  if (rest === '0') return 0
  if (rest === '') throw invalidDuration(text)
  let total = 0n
  while (rest !== '') {
    const term = takeTerm(rest, text)
    total += term.nanoseconds
    if (total > MAX_DURATION + (negative ? 1n : 0n)) throw invalidDuration(text)
    rest = term.rest
  }
  return Number(negative ? -total : total) / 1e6
}

function takeTerm(text: string, whole: string): { nanoseconds: bigint; rest: string } {
  const digits = countDigits(text, 0)
  const dotted = text[digits] === '.'
  const decimals = dotted ? countDigits(text, digits + 1) : 0
  if (digits + decimals === 0) throw invalidDuration(whole)
  const unitStart = digits + (dotted ? 1 + decimals : 0)
  let unitEnd = unitStart
  while (unitEnd < text.length && !isNumeric(text.charCodeAt(unitEnd))) unitEnd++
  const unit = text.slice(unitStart, unitEnd)
  if (unit === '') throw new Error(`time: missing unit in duration ${quoteBytes(whole)}`)
  const scale = NANOSECONDS.get(unit)
  if (scale === undefined) throw new Error(`time: unknown unit ${quoteBytes(unit)} in duration ${quoteBytes(whole)}`)
  const integer = stripZeros(text.slice(0, digits))
  if (integer.length > MAX_DIGITS) throw invalidDuration(whole)
  const fraction = text.slice(unitStart - decimals, unitStart).slice(0, MAX_DIGITS - 1)
  const nanoseconds =
    BigInt(integer) * scale + (fraction === '' ? 0n : (BigInt(fraction) * scale) / 10n ** BigInt(fraction.length))
  return { nanoseconds, rest: text.slice(unitEnd) }
}

function countDigits(text: string, from: number): number {
  let end = from
  while (end < text.length && text.charCodeAt(end) >= 0x30 && text.charCodeAt(end) <= 0x39) end++
  return end - from
}

function stripZeros(digits: string): string {
  let start = 0
  while (digits[start] === '0') start++
  return digits.slice(start) || '0'
}

function isNumeric(code: number): boolean {
  return code === 0x2e || (code >= 0x30 && code <= 0x39)
}

function invalidDuration(text: string): Error {
  return new Error(`time: invalid duration ${quoteBytes(text)}`)
}

/** Package time quotes for itself: bytes outside printable ASCII as `\xNN`. */
export function quoteBytes(text: string): string {
  const parts: string[] = []
  for (const byte of Buffer.from(text)) {
    if (byte < 0x20 || byte >= 0x80) parts.push(`\\x${byte.toString(16).padStart(2, '0')}`)
    else if (byte === 0x22 || byte === 0x5c) parts.push('\\', String.fromCharCode(byte))
    else parts.push(String.fromCharCode(byte))
  }
  return `"${parts.join('')}"`
}

/**
 * Go's `time.Duration.String()`.
 *
 * @param milliseconds not negative
 * @example
 * ```ts
 * formatDuration(90_512.5) // '1m30.5125s'
 * ```
 */
export function formatDuration(milliseconds: number): string {
  const nanoseconds = Math.round(milliseconds * 1e6)
  if (nanoseconds === 0) return '0s'
  if (nanoseconds < 1e3) return `${nanoseconds}ns`
  if (nanoseconds < 1e6) return `${nanoseconds / 1e3}µs`
  if (nanoseconds < 1e9) return `${nanoseconds / 1e6}ms`
  const minutes = Math.floor(nanoseconds / 60e9)
  const seconds = `${(nanoseconds - minutes * 60e9) / 1e9}s`
  if (minutes === 0) return seconds
  return minutes < 60 ? `${minutes}m${seconds}` : `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}`
}
