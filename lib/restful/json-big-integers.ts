import { randomUUID } from 'node:crypto'

// Stands before the digits of a big integer while JSON.parse and JSON.stringify see a string in its place. Nobody
// outside can guess it, so no string of a client is ever taken for a number.
const MARK = `bigint:${randomUUID()}:`
const MARKED = new RegExp(`"${MARK}(-?\\d+)"`, 'g')

/** Fewest digits an integer beyond Number.MAX_SAFE_INTEGER has. */
const BIG_DIGITS = 16

/**
 * Parses JSON; integers that a number would round become bigint.
 *
 * @throws SyntaxError when the text is no JSON.
 */
export function parseWithBigIntegers(text: string): unknown {
  const marked = markBigIntegers(text)
  if (marked === text) return JSON.parse(text)
  // A number where a name must stand would pass once it is a string.
  JSON.parse(text)
  return JSON.parse(marked, (_name, value: unknown) =>
    typeof value === 'string' && value.startsWith(MARK) ? BigInt(value.slice(MARK.length)) : value,
  )
}

/** Writes JSON; bigints are written as numbers. */
export function stringifyWithBigIntegers(value: unknown, _replacer?: null, space?: string): string {
  const text = JSON.stringify(
    value,
    (_name, each: unknown) => (typeof each === 'bigint' ? `${MARK}${each}` : each),
    space,
  )
  // JSON has no text for a function or symbol.
  return text === undefined ? text : text.replace(MARKED, '$1')
}

// One pass: strings are skipped, so digits inside them stay.
function markBigIntegers(text: string): string {
  const parts: string[] = []
  let done = 0
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = stringEnd(text, at)
    else if (isNumberPart(code)) {
      const end = numberEnd(text, at)
      const literal = text.slice(at, end)
      if (isBigInteger(literal)) {
        parts.push(text.slice(done, at), `"${MARK}${literal}"`)
        done = end
      }
      at = end
    } else at++
  }
  return done === 0 ? text : parts.join('') + text.slice(done)
}

const QUOTE = 34
const BACKSLASH = 92

function stringEnd(text: string, quote: number): number {
  for (let at = quote + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === BACKSLASH) at++
    else if (code === QUOTE) return at + 1
  }
  return text.length
}

function numberEnd(text: string, start: number): number {
  let at = start
  while (at < text.length && isNumberPart(text.charCodeAt(at))) at++
  return at
}

// Digits, + - . e E: what a number may be made of.
function isNumberPart(code: number): boolean {
  return (code >= 48 && code <= 57) || code === 43 || code === 45 || code === 46 || code === 69 || code === 101
}

function isBigInteger(literal: string): boolean {
  return literal.length >= BIG_DIGITS && /^-?[1-9]\d*$/.test(literal) && !Number.isSafeInteger(Number(literal))
}
