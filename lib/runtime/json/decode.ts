import { isAscii } from 'node:buffer'
import { DepthError, MAX_DEPTH } from './limits.js'
import { type MemberLimits, MembersError } from './members.js'
import { JSONSyntaxError, parseLossless } from './parse.js'
import { scanJSON } from './scan.js'

export interface DecodeJSONOptions extends MemberLimits {
  /** Levels of nesting, default {@link MAX_DEPTH}. */
  readonly maxDepth?: number
}

export interface DecodeResult {
  readonly value: unknown
  /** Paths of fields that stood twice; the last one won. At most 100. `spec.items[0].a` */
  readonly duplicates: readonly string[]
}

/**
 * Decodes a JSON text: with `JSON.parse` where that loses nothing, else with a lossless parser. Integers beyond 2^53
 * (within int64) come as bigint; the last of equal keys wins; `__proto__` is a key like any other; bytes and escapes
 * that are no Unicode become U+FFFD, as in Go.
 *
 * @throws {@link JSONSyntaxError} for malformed text, {@link DepthError} for nesting beyond the limit, {@link
 * MembersError} for more fields and items than allowed; both before anything is parsed.
 * @example
 * ```ts
 * const { value, duplicates } = decodeJSON(body)
 * for (const path of duplicates) ctx.warn(`duplicate field ${JSON.stringify(path)}`)
 * ```
 */
export function decodeJSON(bytes: Buffer, options: DecodeJSONOptions = {}): DecodeResult {
  const maxDepth = options.maxDepth ?? MAX_DEPTH
  const scan = scanJSON(bytes, options)
  if (scan.tooDeepAt >= 0) throw new DepthError(maxDepth)
  if (scan.tooMany !== undefined) throw MembersError.tooMany(options, scan.tooMany)
  // Latin-1 is the cheaper way to a string, and for ASCII the same one.
  const text = isAscii(bytes) ? bytes.toString('latin1') : bytes.toString('utf8')
  const lossless = scan.unsafeNumbers || scan.loneSurrogates
  return { value: lossless ? parseLossless(text) : parse(text), duplicates: scan.duplicates }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    // JSON.parse says no offset that can be relied on; the strict parser finds the same fault and names it.
    parseLossless(text)
    throw new JSONSyntaxError(error instanceof Error ? error.message : String(error), 0)
  }
}
