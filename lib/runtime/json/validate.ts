import { MAX_DEPTH } from './limits.js'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const ZERO = 0x30
const LITERALS = ['true', 'false', 'null'].map((text) => Buffer.from(text))

/** Bytes that stand for themselves in a string. */
const PLAIN = table((byte) => byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH)
const ESCAPED = table((byte) => '"\\/bfnrt'.includes(String.fromCharCode(byte)))
const HEX = table((byte) => /[0-9a-f]/i.test(String.fromCharCode(byte)))

/** The bracket that closes each level. Nobody else runs while it is in use. */
const closing = new Uint8Array(MAX_DEPTH)

/**
 * Where the JSON value (RFC 8259) that begins at `from` ends; -1 when none does, when it is spread over lines, or nests deeper
 * than `maxDepth`, at most {@link MAX_DEPTH}. Nothing is made of it. UTF-8 is for the caller to check.
 *
 * @example
 * ```ts
 * endOfJSON(Buffer.from('{"a":[1]} '), 0) // 9
 * ```
 */
export function endOfJSON(bytes: Buffer, from: number, maxDepth = MAX_DEPTH): number {
  let depth = 0
  let at = from
  for (;;) {
    const first = bytes[at]
    if (first === OPEN_BRACE || first === OPEN_BRACKET) {
      if (depth === maxDepth) return -1
      at = skipSpace(bytes, at + 1)
      // Both pairs of brackets lie two apart.
      const close = first + 2
      if (bytes[at] !== close) {
        closing[depth++] = close
        if (first === OPEN_BRACE) at = endOfKey(bytes, at)
        if (at < 0) return -1
        continue
      }
      at++
    } else {
      at = first === QUOTE ? endOfJSONString(bytes, at) : endOfScalar(bytes, at)
      if (at < 0) return -1
    }
    // A value ends here, and with it perhaps what it stands in.
    for (;;) {
      if (depth === 0) return at
      at = skipSpace(bytes, at)
      const close = closing[depth - 1]
      if (bytes[at] === COMMA) {
        at = skipSpace(bytes, at + 1)
        if (close === CLOSE_BRACE) at = endOfKey(bytes, at)
        if (at < 0) return -1
        break
      }
      if (bytes[at] !== close) return -1
      depth--
      at++
    }
  }
}

/** Offset of the first byte from `from` on that is no white space within a line. */
export function skipSpace(bytes: Buffer, from: number): number {
  let at = from
  for (;;) {
    const byte = bytes[at]
    if (byte !== 0x20 && byte !== 0x09) return at
    at++
  }
}

/** Offset behind the closing quote of the string whose opening one is at `open`, -1 when it is no JSON string. */
export function endOfJSONString(bytes: Buffer, open: number): number {
  const end = bytes.length
  for (let at = open + 1; at < end; at++) {
    const byte = bytes[at]!
    if (PLAIN[byte] === 1) continue
    if (byte === QUOTE) return at + 1
    if (byte !== BACKSLASH) return -1
    at++
    if (bytes[at] === 0x75) {
      for (let digits = 0; digits < 4; digits++) if (HEX[bytes[++at] ?? 0] !== 1) return -1
    } else if (ESCAPED[bytes[at] ?? 0] !== 1) return -1
  }
  return -1
}

/** Where the value begins that belongs to the key at `at`. */
function endOfKey(bytes: Buffer, at: number): number {
  if (bytes[at] !== QUOTE) return -1
  const end = endOfJSONString(bytes, at)
  if (end < 0) return -1
  const colon = skipSpace(bytes, end)
  return bytes[colon] === COLON ? skipSpace(bytes, colon + 1) : -1
}

function endOfScalar(bytes: Buffer, at: number): number {
  const byte = bytes[at]
  if (byte === 0x2d || isDigit(byte)) return endOfNumber(bytes, at)
  for (const literal of LITERALS) {
    if (byte !== literal[0]) continue
    const end = at + literal.length
    return end <= bytes.length && bytes.compare(literal, 0, literal.length, at, end) === 0 ? end : -1
  }
  return -1
}

function endOfNumber(bytes: Buffer, from: number): number {
  let at = bytes[from] === 0x2d ? from + 1 : from
  at = bytes[at] === ZERO ? at + 1 : endOfDigits(bytes, at)
  if (at >= 0 && bytes[at] === 0x2e) at = endOfDigits(bytes, at + 1)
  if (at >= 0 && (bytes[at]! | 0x20) === 0x65) {
    const sign = bytes[at + 1]
    at = endOfDigits(bytes, sign === 0x2b || sign === 0x2d ? at + 2 : at + 1)
  }
  return at
}

/** Offset behind the digits at `from`, -1 when there is none. */
function endOfDigits(bytes: Buffer, from: number): number {
  let at = from
  while (isDigit(bytes[at])) at++
  return at === from ? -1 : at
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= ZERO && byte <= 0x39

function table(has: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (has(byte) ? 1 : 0))
}
