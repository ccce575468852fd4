import type { IncomingMessage } from 'node:http'

/** Methods that change nothing (RFC 9110 9.2.1); what they answer, CORS keeps from other origins. */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Whether a browser sends this change for a page of another origin. Cookies are sent along by themselves, and a POST
 * without a Content-Type asks nobody first: without this check any page could create objects as whoever is logged in.
 *
 * @see https://www.w3.org/TR/fetch-metadata/
 */
export function isCrossOrigin({ method = '', headers }: IncomingMessage, trusted: ReadonlySet<string>): boolean {
  if (SAFE.has(method)) return false
  const { origin, host } = headers
  if (origin !== undefined && trusted.has(origin)) return false
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  // Browsers leave it out towards plain http, and send the origin.
  return origin !== undefined && hostOf(origin) !== (host ?? headers[':authority'])
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}
