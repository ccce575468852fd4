import { quote } from './quote.js'

/** A text that stands in a message as it is, for a value that JavaScript has no type for. */
export class GoSyntax {
  constructor(readonly text: string) {}

  toString(): string {
    return this.text
  }
}

const MAX_DEPTH = 32

/**
 * A value as Go's `%#v` prints it: `[]string{"x"}`, `map[string]interface {}{"a":1}`; a bigint prints as a uint64, `0x0`.
 *
 * @example
 * ```ts
 * goSyntax(['All']) // []string{"All"}
 * ```
 */
export function goSyntax(value: unknown): string {
  return syntaxOf(value, 0)
}

function syntaxOf(value: unknown, depth: number): string {
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'number') return formatNumber(value)
  if (typeof value === 'bigint') return `0x${value.toString(16)}`
  if (typeof value === 'boolean') return String(value)
  if (value instanceof GoSyntax) return value.text
  if (typeof value !== 'object' || value === null) return 'interface {}(nil)'
  // Deeper values come from strangers alone; nobody reads a message that far down.
  if (depth >= MAX_DEPTH) return '...'
  if (Array.isArray(value)) return sliceSyntax(value, depth)
  return mapSyntax(value as Readonly<Record<string, unknown>>, depth)
}

function sliceSyntax(values: readonly unknown[], depth: number): string {
  const type = values.every((value) => typeof value === 'string') ? '[]string' : '[]interface {}'
  return `${type}{${values.map((value) => syntaxOf(value, depth + 1)).join(', ')}}`
}

function mapSyntax(map: Readonly<Record<string, unknown>>, depth: number): string {
  const entries = Object.keys(map)
    .sort()
    .map((key) => `${quote(key)}:${syntaxOf(map[key], depth + 1)}`)
  return `map[string]interface {}{${entries.join(', ')}}`
}

/** A number as Go's `%v` prints it: an exponent has a sign and two digits at least, and small numbers get one sooner than in JavaScript. */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  const magnitude = Math.abs(value)
  const text = magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e21) ? value.toExponential() : String(value)
  const [mantissa, exponent] = text.split('e')
  if (exponent === undefined) return text
  return `${mantissa}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`
}
