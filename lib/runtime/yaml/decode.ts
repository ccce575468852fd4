import { isUtf8 } from 'node:buffer'
import {
  type DecodeResult,
  decodeJSON,
  excessMembers,
  JSONSyntaxError,
  MAX_DEPTH,
  type MemberLimits,
} from '../json/index.js'
import { JSONConverter } from './json-converter.js'
import { parseDocument } from './parse-document.js'
import { YAMLError } from './yaml-error.js'

/** Parsing YAML costs some seconds per megabyte-sized body; nobody writes one of this size by hand. */
export const MAX_YAML_BYTES = 3 * 1024 * 1024

/** Levels of nesting. The parser recurses, with frames much larger than those of JSON walks. */
export const MAX_YAML_DEPTH = 256

export interface DecodeYAMLOptions extends MemberLimits {
  /** Longest text, in bytes. Default {@link MAX_YAML_BYTES}. JSON under the YAML type is not bounded by it. */
  readonly maxBytes?: number
  /** Levels of nesting, at most and by default {@link MAX_YAML_DEPTH}. */
  readonly maxDepth?: number
}

/**
 * Decodes the first document of a YAML text into a JSON value, as Kubernetes does: `yes` and `on` are booleans, `0777`
 * is octal, times are strings, keys become strings, `<<` merges, aliases are copied. The last of equal keys wins and
 * is reported. JSON is YAML too, and takes the fast way. An empty text is null.
 *
 * @throws {@link YAMLError} for malformed text, one that is too long, aliases that multiply out of bounds, and what
 * JSON cannot express; {@link DepthError} for nesting beyond the limit; {@link MembersError} for more fields and items than
 * allowed, aliases counted with all that they stand for.
 * @example
 * ```ts
 * decodeYAML(Buffer.from('metadata: {name: a, name: b}'))
 * // { value: { metadata: { name: 'b' } }, duplicates: ['metadata.name'] }
 * ```
 */
export function decodeYAML(bytes: Buffer, options: DecodeYAMLOptions = {}): DecodeResult {
  return decodeAsJSON(bytes, options) ?? decodeDocument(bytes, options)
}

function decodeAsJSON(bytes: Buffer, limits: MemberLimits): DecodeResult | undefined {
  const first = bytes.find((byte) => byte > 0x20)
  if (first !== 0x7b && first !== 0x5b) return undefined
  try {
    return decodeJSON(bytes, { ...limits, maxDepth: MAX_DEPTH })
  } catch (error) {
    // Flow style without quotes begins with the same brackets.
    if (error instanceof JSONSyntaxError) return undefined
    throw error
  }
}

function decodeDocument(bytes: Buffer, options: DecodeYAMLOptions): DecodeResult {
  const { maxBytes = MAX_YAML_BYTES, maxDepth = MAX_YAML_DEPTH } = options
  if (bytes.length > maxBytes) {
    throw new YAMLError(`document of ${bytes.length} bytes is too large: limit is ${maxBytes}`, 0)
  }
  if (!isUtf8(bytes)) throw new YAMLError('invalid UTF-8', 0)
  const depth = Math.min(maxDepth, MAX_YAML_DEPTH)
  const result = new JSONConverter(parseDocument(bytes.toString(), depth, options), depth).convert()
  const excess = excessMembers(result.value, options)
  if (excess) throw excess
  return result
}
