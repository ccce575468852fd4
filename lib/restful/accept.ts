// Clients say the same again and again. Bounds: fields kept, and the characters of each.
const MAX_RECENT = 64
const MAX_RECENT_LENGTH = 256
const recent = new Map<string, readonly AcceptRange[]>()

/** A media type or range with its parameters; type, subtype and names of parameters in lower case. */
export interface MediaType {
  readonly type: string
  readonly subtype: string
  readonly parameters: ReadonlyMap<string, string>
}

/** A media range of an Accept field with its weight. */
export interface AcceptRange extends MediaType {
  /** From 0, not acceptable, to 1. */
  readonly quality: number
}

// RFC 9110, 12.4.2.
const QUALITY = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/

/**
 * Reads a media type (RFC 9110, 8.3.1); undefined when it is none.
 *
 * @example parseMediaType('Application/JSON; charset=utf-8')
 */
export function parseMediaType(text: string): MediaType | undefined {
  const [essence = '', ...rest] = splitOutsideQuotes(text, ';')
  const [type = '', subtype = '', more] = essence.trim().toLowerCase().split('/')
  if (type === '' || subtype === '' || more !== undefined) return undefined
  const parameters = new Map<string, string>()
  for (const each of rest) {
    const equals = each.indexOf('=')
    if (equals > 0) parameters.set(each.slice(0, equals).trim().toLowerCase(), unquoted(each.slice(equals + 1).trim()))
  }
  return { type, subtype, parameters }
}

/**
 * Reads an Accept field (RFC 9110, 12.5.1). Ranges that are malformed are left out; an empty field accepts everything.
 *
 * @example parseAccept('text/html, application/json;q=0.5')
 */
export function parseAccept(header: string): readonly AcceptRange[] {
  const known = recent.get(header)
  if (known !== undefined) return known
  const ranges = readAccept(header)
  if (header.length <= MAX_RECENT_LENGTH) {
    if (recent.size >= MAX_RECENT) recent.clear()
    recent.set(header, ranges)
  }
  return ranges
}

function readAccept(header: string): AcceptRange[] {
  const ranges: AcceptRange[] = []
  for (const part of splitOutsideQuotes(header === '' ? '*/*' : header, ',')) {
    const range = parseMediaType(part)
    if (range === undefined) continue
    const weight = range.parameters.get('q') ?? '1'
    if (!QUALITY.test(weight)) continue
    const parameters = new Map([...range.parameters].filter(([name]) => name !== 'q'))
    ranges.push({ ...range, parameters, quality: Number(weight) })
  }
  return ranges
}

/** The weight of a media type: that of the most specific range it falls into, 0 when there is none. */
export function qualityOf(type: MediaType, ranges: readonly AcceptRange[]): number {
  let specificity = -1
  let quality = 0
  for (const range of ranges) {
    const own = rangeSpecificity(range, type)
    if (own > specificity || (own === specificity && own >= 0 && range.quality > quality)) {
      specificity = own
      quality = range.quality
    }
  }
  return quality
}

/** Whether a media type is in a range, `type/*` and `*` + `/*` included. */
export function inRange(range: MediaType, type: MediaType): boolean {
  return rangeSpecificity(range, type) >= 0
}

// -1 outside; then */*, type/*, type/subtype, and each parameter counts one more.
function rangeSpecificity(range: MediaType, type: MediaType): number {
  if (range.type === '*') return 0
  if (range.type !== type.type && type.type !== '*') return -1
  if (range.subtype === '*') return 1
  if (range.subtype !== type.subtype && type.subtype !== '*') return -1
  for (const [name, value] of range.parameters) {
    if (type.parameters.get(name)?.toLowerCase() !== value.toLowerCase()) return -1
  }
  return 2 + range.parameters.size
}

function splitOutsideQuotes(text: string, separator: ',' | ';'): string[] {
  if (!text.includes('"')) return text.split(separator)
  const parts: string[] = []
  let quoted = false
  let start = 0
  for (let i = 0; i < text.length; i++) {
    const char = text[i]
    if (quoted && char === '\\') i++
    else if (char === '"') quoted = !quoted
    else if (!quoted && char === separator) {
      parts.push(text.slice(start, i))
      start = i + 1
    }
  }
  parts.push(text.slice(start))
  return parts
}

function unquoted(value: string): string {
  return value.length > 1 && value.startsWith('"') && value.endsWith('"')
    ? value.slice(1, -1).replace(/\\(.)/g, '$1')
    : value
}
