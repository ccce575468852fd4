const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPEN_BRACKET = 0x5b
const OPEN_BRACE = 0x7b
const CLOSE_BRACKET = 0x5d
const CLOSE_BRACE = 0x7d
const SPACE = 0x20

/**
 * How many elements the list has that a JSON text consists of, found without parsing it: a list that is too long can be
 * refused for what it is before it costs anything. 0 for an empty list and for what is no list; some number for
 * malformed text.
 *
 * @example
 * ```ts
 * listLength(Buffer.from('[1, [2, 3], "a,b"]')) // 3
 * ```
 */
export function listLength(bytes: Buffer): number {
  let at = 0
  while (at < bytes.length && bytes[at]! <= SPACE) at++
  if (bytes[at] !== OPEN_BRACKET) return 0
  let depth = 0
  let commas = 0
  let empty = true
  for (; at < bytes.length; at++) {
    const byte = bytes[at]!
    if (byte === QUOTE) at = endOfString(bytes, at + 1)
    else if (byte === OPEN_BRACKET || byte === OPEN_BRACE) {
      if (++depth === 1) continue
    } else if (byte === CLOSE_BRACKET || byte === CLOSE_BRACE) {
      if (--depth === 0) break
    } else if (byte === COMMA && depth === 1) commas++
    else if (byte <= SPACE) continue
    empty = false
  }
  return empty ? 0 : commas + 1
}

/** Offset of the closing quote. */
function endOfString(bytes: Buffer, from: number): number {
  let at = from
  for (; at < bytes.length && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++
  return at
}
