import type { IncomingMessage } from 'node:http'
import type { Route } from './route.js'
import { routingError, type ServiceError } from './service-error.js'

/** A route that matches a path, as a router keeps it. */
export interface RouteCandidate<C = unknown> {
  readonly route: Route<C>
}

/**
 * Of the routes that match a path, the most specific first, the one that serves the message: the first whose
 * conditions, method, Content-Type and Accept all fit. When none does, the first of these questions that nobody passed
 * decides: 404, 405 with Allow, 415, or 406 with the representations there are (go-restful 3.12.2).
 */
export function detectRoute<T extends RouteCandidate<never>>(
  candidates: readonly T[],
  request: IncomingMessage,
): T | ServiceError {
  const contentType = request.headers['content-type'] ?? ''
  const accept = firstAccept(request)
  let present: T[] | undefined
  for (const candidate of candidates) {
    const { route } = candidate
    if (route.conditions.length > 0 && !route.matchesConditions(request)) continue
    if (route.method === request.method && route.matchesContentType(contentType) && route.matchesAccept(accept)) {
      return candidate
    }
    present ??= []
    present.push(candidate)
  }
  const routes = (present ?? []).map((each) => each.route)
  return refusal(routes, request.method ?? '', contentType)
}

/** The methods of routes, each once, in their order; routes whose conditions fail do not count. */
export function methodsOf(candidates: readonly RouteCandidate<never>[], request: IncomingMessage): string[] {
  const present = candidates.filter(({ route }) => route.matchesConditions(request))
  return [...new Set(present.map(({ route }) => route.method))]
}

function refusal(present: readonly Route<never>[], method: string, contentType: string): ServiceError {
  if (present.length === 0) return routingError(404, '404: Not Found')
  const sameMethod = present.filter((route) => route.method === method)
  if (sameMethod.length === 0) {
    const allow = [...new Set(present.map((route) => route.method))].join(', ')
    return routingError(405, '405: Method Not Allowed', { Allow: allow })
  }
  const readable = sameMethod.filter((route) => route.matchesContentType(contentType))
  if (readable.length === 0) return routingError(415, '415: Unsupported Media Type')
  const available = readable.flatMap((route) => route.produces).join(', ')
  return routingError(406, `406: Not Acceptable\n\nAvailable representations: ${available}`)
}

// The reference reads the first Accept field alone, while Node joins all of them with ', '.
function firstAccept(request: IncomingMessage): string {
  const joined = request.headers.accept ?? ''
  if (!joined.includes(',') || request.rawHeaders === undefined) return joined
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) {
    if (request.rawHeaders[i]!.toLowerCase() !== 'accept') continue
    const first = request.rawHeaders[i + 1]!
    return joined.startsWith(`${first}, `) ? first : joined
  }
  return joined
}
