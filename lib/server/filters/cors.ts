import { setStandardHeaders } from '../../endpoints/index.js'
import { type CorsOriginOptions, CorsOrigins } from '../../restful/cors-origins.js'
import type { Filter } from '../handler-chain.js'

/** Which web pages may use the API from a browser. */
export interface CORSOptions extends CorsOriginOptions {
  /** Whether cookies and client certificates may come along. Default true, except with `allowedOrigins: 'any'`. */
  readonly credentials?: boolean
}

const METHODS = 'POST, GET, OPTIONS, PUT, DELETE, PATCH'
const HEADERS =
  'Content-Type, Content-Length, Accept-Encoding, X-CSRF-Token, Authorization, X-Requested-With, If-Modified-Since'

/**
 * Lets pages of other origins in, with the header fields of a kube-apiserver's `--cors-allowed-origins`; its patterns match
 * whole origins here. Preflights end here, before anybody is asked who they are. Pages from elsewhere are served all the
 * same: it is their browser that keeps the answer from them.
 *
 * @throws RegistrationError when nobody is allowed, for a malformed pattern, and for credentials from everybody
 */
export function withCORS(options: CORSOptions): Filter {
  const origins = new CorsOrigins(options)
  const credentials = options.credentials ?? !origins.any
  if (credentials && origins.leavesNobodyOut())
    throw new Error('credentials cannot be allowed to every origin: any page could act for its visitor')
  return (ctx, next) => {
    const { request, response } = ctx
    const { origin } = request.headers
    // A shared cache must not hand one page's leave to another.
    response.appendHeader('Vary', 'Origin')
    if (origin === undefined || !origins.allows(origin, request)) return next()
    response.setHeader('Access-Control-Allow-Origin', origins.any && !credentials ? '*' : origin)
    response.setHeader('Access-Control-Allow-Methods', METHODS)
    response.setHeader('Access-Control-Allow-Headers', HEADERS)
    response.setHeader('Access-Control-Expose-Headers', 'Date')
    if (credentials) response.setHeader('Access-Control-Allow-Credentials', 'true')
    if (request.method !== 'OPTIONS') return next()
    setStandardHeaders(ctx)
    response.writeHead(204).end()
  }
}
