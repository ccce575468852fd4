import { isUtf8 } from 'node:buffer'
import { MAX_DEPTH } from './json/limits.js'
import { endOfJSON, endOfJSONString, skipSpace } from './json/validate.js'

const METADATA = Buffer.from('metadata')
const RESOURCE_VERSION = Buffer.from('resourceVersion')
const BACKSLASH = 0x5c
const QUOTE = 0x22
const COLON = 0x3a
const COMMA = 0x2c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/** Objects have a dozen fields there; to compare each key with all others must stay cheap. */
const MAX_KEYS = 64

/**
 * Whether bytes can be shown as they are, since every reader finds the same in them: one JSON object in UTF-8, on one line (a
 * watch sends an event a line) and no deeper than the decoder allows, in which neither the object itself nor its metadata
 * has a key twice or one written with escapes. Nothing is parsed. Whoever can write into the store can put there what he likes.
 *
 * @param stamped whether the metadata says the resourceVersion of the server already; else it must say none
 */
export function isSoundObject(bytes: Buffer, stamped: boolean): boolean {
  if (!isUtf8(bytes)) return false
  const start = skipSpace(bytes, 0)
  if (bytes[start] !== OPEN_BRACE) return false
  const end = endOfMembers(bytes, start, (key, keyEnd, value) =>
    bytes[value] === OPEN_BRACE && says(bytes, key, keyEnd, METADATA)
      ? endOfMembers(bytes, value, (key, keyEnd, value) =>
          stamped || !says(bytes, key, keyEnd, RESOURCE_VERSION) ? endOfJSON(bytes, value, MAX_DEPTH - 2) : -1,
        )
      : endOfJSON(bytes, value, MAX_DEPTH - 1),
  )
  return end >= 0 && skipSpace(bytes, end) === bytes.length
}

/**
 * Offset behind the object that opens at `open`; -1 when it is none, or one of its keys stands there twice or has escapes.
 *
 * @param endOfValue finds the end of one member's value, -1 when something is wrong with it
 */
function endOfMembers(
  bytes: Buffer,
  open: number,
  endOfValue: (key: number, keyEnd: number, value: number) => number,
): number {
  const keys: number[] = []
  let at = skipSpace(bytes, open + 1)
  if (bytes[at] === CLOSE_BRACE) return at + 1
  for (;;) {
    const keyEnd = bytes[at] === QUOTE ? endOfJSONString(bytes, at) : -1
    if (keyEnd < 0 || !isNewKey(bytes, keys, at + 1, keyEnd - 1)) return -1
    const colon = skipSpace(bytes, keyEnd)
    if (bytes[colon] !== COLON) return -1
    const end = endOfValue(at + 1, keyEnd - 1, skipSpace(bytes, colon + 1))
    if (end < 0) return -1
    at = skipSpace(bytes, end)
    if (bytes[at] === CLOSE_BRACE) return at + 1
    if (bytes[at] !== COMMA) return -1
    at = skipSpace(bytes, at + 1)
  }
}

/** Adds a key to those seen so far (start and end of each), unless it is one of them or cannot be compared. */
function isNewKey(bytes: Buffer, keys: number[], start: number, end: number): boolean {
  if (keys.length === 2 * MAX_KEYS) return false
  for (let at = start; at < end; at++) if (bytes[at] === BACKSLASH) return false
  for (let i = 0; i < keys.length; i += 2) {
    const other = keys[i]!
    if (keys[i + 1]! - other !== end - start || bytes[other] !== bytes[start]) continue
    if (bytes.compare(bytes, start, end, other, keys[i + 1]!) === 0) return false
  }
  keys.push(start, end)
  return true
}

function says(bytes: Buffer, start: number, end: number, text: Buffer): boolean {
  return (
    end - start === text.length && bytes[start] === text[0] && bytes.compare(text, 0, text.length, start, end) === 0
  )
}
