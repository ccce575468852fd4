import type { IncomingMessage } from 'node:http'
import { appendVary } from './content-encoding.js'
import { type CorsOriginOptions, CorsOrigins } from './cors-origins.js'
import type { FilterFunction } from './filter.js'
import { requestPath } from './path-tokens.js'
import { RegistrationError } from './registration-error.js'
import type { Request } from './request.js'
import type { Response } from './response.js'
import { quoted, type TraceLogger } from './trace.js'

/** Knows the methods of a path; a container does. */
export interface MethodSource {
  allowedMethods(path: string, message: IncomingMessage): readonly string[]
}

/** Which pages of other origins may ask what. */
export interface CorsOptions extends CorsOriginOptions {
  /** Where the methods of a path come from when `allowedMethods` names none: the container of the filter. */
  readonly container?: MethodSource
  readonly allowedMethods?: readonly string[]
  /** Header fields a page may send, in any case, or `'any'`; none by default. */
  readonly allowedHeaders?: readonly string[] | 'any'
  /** Header fields a page may read. */
  readonly exposedHeaders?: readonly string[]
  /** Whether cookies and the like may come along; false by default. */
  readonly credentials?: boolean
  /** Seconds a browser may keep the answer to a preflight. */
  readonly maxAge?: number
  /** Told why a page is refused. */
  readonly traceLogger?: TraceLogger
}

// RFC 9110, 5.6.2.
const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/

/**
 * Answers browsers that ask for pages of other origins (the CORS protocol of the Fetch standard). A preflight never
 * reaches a route, so it is a filter of a container. A request from elsewhere is served all the same: it is the browser
 * that keeps its answer from the page.
 *
 * @throws RegistrationError when nobody is allowed, for a malformed pattern, and when credentials are allowed to
 * everybody, be it by `'any'` or by a pattern that matches all.
 * @example
 * container.filter(cors({ container, allowedOrigins: ['https://app.example.com'], credentials: true, maxAge: 600 }))
 */
export function cors<C = unknown>(options: CorsOptions): FilterFunction<C> {
  const policy = new CorsPolicy(options)
  return (req, res, chain) => {
    const message = req.request
    if (!policy.origins.any) appendVary(res.raw(), 'Origin')
    const origin = req.headerParameter('origin')
    if (origin === '') return chain.processFilter(req, res)
    const preflight = message.method === 'OPTIONS' && message.headers['access-control-request-method'] !== undefined
    if (preflight) {
      appendVary(res.raw(), 'Access-Control-Request-Method')
      appendVary(res.raw(), 'Access-Control-Request-Headers')
    }
    if (!policy.origins.allows(origin, message)) {
      options.traceLogger?.debug(`CORS: the origin ${quoted(origin)} is not allowed`)
      return chain.processFilter(req, res)
    }
    if (preflight) return policy.answerPreflight(req as Request, res, origin)
    policy.writeActual(res, origin)
    return chain.processFilter(req, res)
  }
}

class CorsPolicy {
  readonly origins: CorsOrigins
  readonly #options: CorsOptions
  readonly #headers: ReadonlySet<string> | 'any'

  constructor(options: CorsOptions) {
    this.origins = new CorsOrigins(options)
    this.#options = options
    const { allowedHeaders = [], maxAge = 0, credentials = false } = options
    this.#headers = allowedHeaders === 'any' ? 'any' : new Set(allowedHeaders.map((each) => each.toLowerCase()))
    if (credentials && this.origins.leavesNobodyOut()) {
      throw new RegistrationError('credentials cannot be allowed to every origin: any page could act for its visitor')
    }
    if (!Number.isSafeInteger(maxAge) || maxAge < 0) {
      throw new RegistrationError(`maxAge ${maxAge} is no number of seconds`)
    }
  }

  /** The fields of every answer to an allowed origin. */
  writeActual(res: Response, origin: string): void {
    this.#writeOrigin(res, origin)
    const exposed = this.#options.exposedHeaders ?? []
    if (exposed.length > 0) res.setHeader('Access-Control-Expose-Headers', exposed.join(', '))
  }

  answerPreflight(req: Request, res: Response, origin: string): void {
    const methods = this.#methods(req)
    const fields = req.headerParameter('access-control-request-headers').split(',')
    const requested = fields.flatMap((each) => each.trim() || [])
    const refusal = this.#refusal(req.headerParameter('access-control-request-method'), methods, requested)
    if (refusal !== undefined) {
      this.#options.traceLogger?.debug(`CORS: ${refusal}`)
      res.writeErrorString(403, `403: Forbidden\n\n${refusal}`)
      return
    }
    this.#writeOrigin(res, origin)
    res.setHeader('Access-Control-Allow-Methods', methods.join(', '))
    if (requested.length > 0) res.setHeader('Access-Control-Allow-Headers', requested.join(', '))
    if (this.#options.maxAge) res.setHeader('Access-Control-Max-Age', String(this.#options.maxAge))
    res.end()
  }

  #refusal(method: string, methods: readonly string[], requested: readonly string[]): string | undefined {
    if (!methods.includes(method)) return `the method ${quoted(method)} is not allowed`
    const refused = requested.find((each) => !this.#allowsHeader(each))
    return refused === undefined ? undefined : `the header field ${quoted(refused)} is not allowed`
  }

  #writeOrigin(res: Response, origin: string): void {
    res.setHeader('Access-Control-Allow-Origin', this.origins.any ? '*' : origin)
    if (this.#options.credentials) res.setHeader('Access-Control-Allow-Credentials', 'true')
  }

  #methods({ request }: Request): readonly string[] {
    const { allowedMethods, container } = this.#options
    if (allowedMethods !== undefined) return allowedMethods
    const path = requestPath(request.url ?? '/')
    return path === undefined ? [] : (container?.allowedMethods(path, request) ?? [])
  }

  #allowsHeader(name: string): boolean {
    if (!TOKEN.test(name)) return false
    return this.#headers === 'any' || this.#headers.has(name.toLowerCase())
  }
}
