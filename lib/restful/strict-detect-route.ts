import type { IncomingMessage } from 'node:http'
import { type AcceptRange, inRange, type MediaType, parseAccept, parseMediaType, qualityOf } from './accept.js'
import type { Route } from './route.js'
import { routingError, type ServiceError } from './service-error.js'

/** A route that matches a path; those of one level are equally specific. */
export interface StrictCandidate<C = unknown> {
  readonly route: Route<C>
  readonly level: number
}

/**
 * Asks what `detectRoute` asks, with media types compared as RFC 9110 says: without regard to case, with ranges, and
 * weighed. Of the most specific routes that can answer, the one the client likes best serves it.
 */
export function strictDetectRoute<T extends StrictCandidate<never>>(
  candidates: readonly T[],
  request: IncomingMessage,
): T | ServiceError {
  const present = candidates.filter(({ route }) => route.matchesConditions(request))
  if (present.length === 0) return routingError(404, '404: Not Found')
  const sameMethod = present.filter(({ route }) => route.method === request.method)
  if (sameMethod.length === 0) {
    const allow = [...new Set(present.map(({ route }) => route.method))].join(', ')
    return routingError(405, '405: Method Not Allowed', { Allow: allow })
  }
  const readable = sameMethod.filter(({ route }) => reads(route, request.headers['content-type'] ?? ''))
  if (readable.length === 0) return routingError(415, '415: Unsupported Media Type')
  const accept = request.headers.accept ?? ''
  if (accept === '' || accept === '*/*') return readable[0]!
  return best(readable, parseAccept(accept)) ?? notAcceptable(readable)
}

function best<T extends StrictCandidate<never>>(
  candidates: readonly T[],
  ranges: readonly AcceptRange[],
): T | undefined {
  let chosen: T | undefined
  let quality = 0
  for (const candidate of candidates) {
    if (chosen !== undefined && candidate.level !== chosen.level) break
    const own = answerQuality(candidate.route, ranges)
    if (own <= quality) continue
    chosen = candidate
    quality = own
  }
  return chosen
}

function notAcceptable(candidates: readonly StrictCandidate<never>[]): ServiceError {
  const available = [...new Set(candidates.flatMap(({ route }) => route.produces))].join(', ')
  return routingError(406, `406: Not Acceptable\n\nAvailable representations: ${available}`)
}

function reads(route: Route<never>, header: string): boolean {
  if (route.consumes.length === 0 || header === '') return route.matchesContentType(header)
  const type = parseMediaType(header)
  return type !== undefined && mediaTypes(route.consumes).some((each) => inRange(each, type))
}

// A route that names no types answers with whatever its function writes.
function answerQuality(route: Route<never>, ranges: readonly AcceptRange[]): number {
  if (route.produces.length === 0) return Math.max(0, ...ranges.map((range) => range.quality))
  return Math.max(0, ...mediaTypes(route.produces).map((type) => qualityOf(type, ranges)))
}

// Lists of routes never change: each is read once.
const parsed = new WeakMap<readonly string[], readonly MediaType[]>()

function mediaTypes(list: readonly string[]): readonly MediaType[] {
  const known = parsed.get(list)
  if (known !== undefined) return known
  const types = list.map(parseMediaType).filter((type) => type !== undefined)
  parsed.set(list, types)
  return types
}
