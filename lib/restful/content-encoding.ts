import type { ServerResponse } from 'node:http'
import Negotiator from 'negotiator'

/** Content codings spoken here (RFC 9110, 8.4.1), the one preferred among equals first. */
export const CONTENT_ENCODINGS = ['br', 'gzip', 'deflate'] as const

export type ContentEncoding = (typeof CONTENT_ENCODINGS)[number]

const OFFERED = [...CONTENT_ENCODINGS, 'identity']

// Clients say the same again and again. Bounds: fields kept, and the characters of each.
const MAX_RECENT = 64
const MAX_RECENT_LENGTH = 128
const recent = new Map<string, ContentEncoding | undefined>()

/** The coding a client wants by its Accept-Encoding, weights considered; undefined for none. */
export function acceptedEncoding(header: string): ContentEncoding | undefined {
  if (header === '') return undefined
  if (recent.has(header)) return recent.get(header)
  const encoding = negotiate(header)
  if (header.length <= MAX_RECENT_LENGTH) {
    if (recent.size >= MAX_RECENT) recent.clear()
    recent.set(header, encoding)
  }
  return encoding
}

// Its types are those of the version before.
interface PreferringNegotiator {
  encodings(available: readonly string[], options?: { readonly preferred: readonly string[] }): string[]
}

function negotiate(header: string): ContentEncoding | undefined {
  const negotiator: PreferringNegotiator = new Negotiator({ headers: { 'accept-encoding': header } })
  const [best] = negotiator.encodings(OFFERED, { preferred: CONTENT_ENCODINGS })
  return CONTENT_ENCODINGS.find((each) => each === best)
}

/** The coding of a request body by its Content-Encoding: `identity` for none, undefined for one not spoken here. */
export function encodingOfBody(header: string): ContentEncoding | 'identity' | undefined {
  const name = header.trim().toLowerCase()
  if (name === '' || name === 'identity') return 'identity'
  return CONTENT_ENCODINGS.find((each) => each === (name === 'x-gzip' ? 'gzip' : name))
}

/** Whether an answer with these fields may be encoded: it has a body, all of it, as it came from its author. */
export function isEncodable(raw: ServerResponse): boolean {
  const status = raw.statusCode
  if (raw.req?.method === 'HEAD' || status < 200 || status === 204 || status === 206 || status === 304) return false
  if (raw.hasHeader('Content-Encoding') || raw.hasHeader('Content-Range')) return false
  return !/(?:^|,)\s*no-transform\s*(?:,|$)/i.test(String(raw.getHeader('Cache-Control') ?? ''))
}

/** Says that an answer depends on a field of the request (RFC 9110, 12.5.5), unless it is said already. */
export function appendVary(raw: ServerResponse, name: string): void {
  const present = raw.getHeader('Vary')
  const fields = present === undefined ? [] : String(present).split(/\s*,\s*/)
  const wanted = name.toLowerCase()
  if (fields.some((each) => each === '*' || each.toLowerCase() === wanted)) return
  raw.setHeader('Vary', [...fields, name].join(', '))
}
