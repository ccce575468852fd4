import { quote } from './quote.js'

/** A text that stands in a message as it is, for a value that JavaScript has no type for. */
export class GoSyntax {
  constructor(readonly text: string) {}

  toString(): string {
    return this.text
  }
}

// Bigger values come from strangers alone, and nobody reads a message that far.
const MAX_DEPTH = 32
const MAX_VALUES = 1_000
const MAX_TEXT = 8_192

/**
 * A value as Go's `%#v` prints it: `[]string{"x"}`, `map[string]interface {}{"a":1}`; a bigint prints as a uint64, `0x0`. What
 * is very long, big or deep ends in dots.
 *
 * @example
 * ```ts
 * goSyntax(['All']) // []string{"All"}
 * ```
 */
export function goSyntax(value: unknown): string {
  return new SyntaxWriter().text(value, 0)
}

class SyntaxWriter {
  private values = 0

  text(value: unknown, depth: number): string {
    if (typeof value === 'string') return quoteStart(value)
    if (typeof value === 'number') return formatNumber(value)
    if (typeof value === 'bigint') return `0x${value.toString(16)}`
    if (typeof value === 'boolean') return String(value)
    if (value instanceof GoSyntax) return value.text
    if (typeof value !== 'object' || value === null) return 'interface {}(nil)'
    if (depth >= MAX_DEPTH) return '...'
    if (Array.isArray(value)) return this.slice(value, depth)
    return this.map(value as Readonly<Record<string, unknown>>, depth)
  }

  private slice(values: readonly unknown[], depth: number): string {
    const type = values.every((value) => typeof value === 'string') ? '[]string' : '[]interface {}'
    return `${type}{${this.join(values, (value) => this.text(value, depth + 1))}}`
  }

  private map(map: Readonly<Record<string, unknown>>, depth: number): string {
    const entry = (key: string) => `${quoteStart(key)}:${this.text(map[key], depth + 1)}`
    return `map[string]interface {}{${this.join(Object.keys(map).sort(), entry)}}`
  }

  private join<T>(values: readonly T[], text: (value: T) => string): string {
    const texts: string[] = []
    for (const value of values) {
      if (this.values++ >= MAX_VALUES) {
        texts.push('...')
        break
      }
      texts.push(text(value))
    }
    return texts.join(', ')
  }
}

/** A text as messages show it: quoted, and of a very long one the beginning. */
export function quoteStart(text: string): string {
  return text.length > MAX_TEXT ? `${quote(text.slice(0, MAX_TEXT))}...` : quote(text)
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
