const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const COLON = 0x3a
const COMMA = 0x2c

/** Where the parts of an encoded object stand that the server must touch without parsing it. */
export interface ObjectLayout {
  /** Offset just behind the `{` of the top-level metadata object. */
  readonly metadataStart: number
  readonly metadataEmpty: boolean
  readonly apiVersion: string | undefined
  readonly kind: string | undefined
}

/**
 * Finds apiVersion, kind and metadata of a JSON object by a depth-aware scan: nested objects may have members of the
 * same names, and values written by others may stand in any order. Returns undefined for what is no such object.
 */
export function locateObject(bytes: Buffer): ObjectLayout | undefined {
  let metadataStart = -1
  let apiVersion: string | undefined
  let kind: string | undefined
  let i = skipSpace(bytes, 0)
  if (bytes[i] !== OPEN_BRACE) return undefined
  i = skipSpace(bytes, i + 1)
  while (bytes[i] === QUOTE) {
    const keyEnd = endOfString(bytes, i)
    if (keyEnd < 0) return undefined
    const key = bytes.toString('latin1', i + 1, keyEnd - 1)
    i = skipSpace(bytes, keyEnd)
    if (bytes[i] !== COLON) return undefined
    i = skipSpace(bytes, i + 1)
    const valueEnd = endOfValue(bytes, i)
    if (valueEnd < 0) return undefined
    if (key === 'metadata' && bytes[i] === OPEN_BRACE) metadataStart = i + 1
    else if (key === 'apiVersion' && bytes[i] === QUOTE) apiVersion = bytes.toString('utf8', i + 1, valueEnd - 1)
    else if (key === 'kind' && bytes[i] === QUOTE) kind = bytes.toString('utf8', i + 1, valueEnd - 1)
    i = skipSpace(bytes, valueEnd)
    if (bytes[i] !== COMMA) break
    i = skipSpace(bytes, i + 1)
  }
  if (metadataStart < 0 || bytes[i] !== CLOSE_BRACE || skipSpace(bytes, i + 1) !== bytes.length) return undefined
  return { metadataStart, metadataEmpty: bytes[skipSpace(bytes, metadataStart)] === CLOSE_BRACE, apiVersion, kind }
}

/**
 * Where the value of one member stands in an object whose `{` ends before `start`. Keys written with escapes are not found
 * by their meaning: no key that the server looks for needs any.
 *
 * @throws SyntaxError for what is no object as far as it was looked at
 */
export function locateMember(bytes: Buffer, start: number, name: string): { start: number; end: number } | undefined {
  let i = skipSpace(bytes, start)
  while (bytes[i] === QUOTE) {
    const keyEnd = endOfString(bytes, i)
    if (keyEnd < 0) throw malformed()
    const isIt = keyEnd - i - 2 === name.length && bytes.toString('latin1', i + 1, keyEnd - 1) === name
    i = skipSpace(bytes, keyEnd)
    if (bytes[i] !== COLON) throw malformed()
    i = skipSpace(bytes, i + 1)
    const end = endOfValue(bytes, i)
    if (end < 0) throw malformed()
    if (isIt) return { start: i, end }
    i = skipSpace(bytes, end)
    if (bytes[i] !== COMMA) break
    i = skipSpace(bytes, i + 1)
  }
  if (bytes[i] !== CLOSE_BRACE) throw malformed()
  return undefined
}

const malformed = (): SyntaxError => new SyntaxError('it is no JSON object')

function skipSpace(bytes: Buffer, from: number): number {
  let i = from
  while (i < bytes.length && bytes[i]! <= 0x20) i++
  return i
}

/** Offset behind the closing quote, -1 when there is none. */
function endOfString(bytes: Buffer, open: number): number {
  for (let i = open + 1; i < bytes.length; i++) {
    if (bytes[i] === BACKSLASH) i++
    else if (bytes[i] === QUOTE) return i + 1
  }
  return -1
}

function endOfValue(bytes: Buffer, from: number): number {
  if (bytes[from] === QUOTE) return endOfString(bytes, from)
  let depth = 0
  for (let i = from; i < bytes.length; i++) {
    const byte = bytes[i]
    if (byte === QUOTE) {
      i = endOfString(bytes, i) - 1
      if (i < 0) return -1
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      if (depth === 0) return i
      if (--depth === 0) return i + 1
    } else if (byte === COMMA && depth === 0) return i
  }
  return -1
}
