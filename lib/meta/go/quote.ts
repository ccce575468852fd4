// Whatever plain ASCII does not spell as itself; a surrogate without its pair is one character of it.
const ESCAPABLE = /["\\]|[^\x20-\x7e]/gu
const GRAPHIC = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u

const SHORT_ESCAPES: ReadonlyMap<number, string> = new Map([
  [0x07, '\\a'],
  [0x08, '\\b'],
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0b, '\\v'],
  [0x0c, '\\f'],
  [0x0d, '\\r'],
  [0x22, '\\"'],
  [0x5c, '\\\\'],
])

/** Whether Go calls a code point printable (`unicode.IsPrint`): letters, marks, numbers, punctuation, symbols, and the ASCII space. */
export function isPrint(codePoint: number): boolean {
  if (codePoint < 0x7f) return codePoint >= 0x20
  return GRAPHIC.test(String.fromCodePoint(codePoint))
}

/**
 * Quotes a text as Go's `strconv.Quote` (and `%q`) does; most messages that a client sees go through it.
 *
 * @see https://pkg.go.dev/strconv#Quote
 * @example
 * ```ts
 * quote('a\u0007b') // "a\ab", with the quotes
 * ```
 */
export function quote(text: string): string {
  return `"${text.replace(ESCAPABLE, quoteChar)}"`
}

function quoteChar(char: string): string {
  const codePoint = char.codePointAt(0) as number
  const short = SHORT_ESCAPES.get(codePoint)
  if (short !== undefined) return short
  // A lone surrogate is no character; Go would have decoded it to U+FFFD.
  if (codePoint >= 0xd800 && codePoint <= 0xdfff) return '\ufffd'
  if (isPrint(codePoint)) return char
  const hex = codePoint.toString(16)
  if (codePoint < 0x20 || codePoint === 0x7f) return `\\x${hex.padStart(2, '0')}`
  return codePoint < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}
