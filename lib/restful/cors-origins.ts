import type { IncomingMessage } from 'node:http'
import { RegexpProgram } from './regexp-program.js'
import { parseRegexp, type RegexpNode } from './regexp-syntax.js'
import { RegistrationError } from './registration-error.js'

/** Whose pages may ask. At least one of the three must be said. */
export interface CorsOriginOptions {
  /** Origins as browsers send them, scheme and port included, or `'any'` for everybody. */
  readonly allowedOrigins?: readonly string[] | 'any'
  /**
   * Expressions in Go's syntax that a whole origin must match: they are anchored at both ends, so that
   * `https://example\.com` never matches `https://example.com.evil.org` (CVE-2022-1996). They run in linear time.
   */
  readonly allowedOriginPatterns?: readonly string[]
  /** Decides for origins that nothing above allows; the origin is in lower case. */
  readonly allowOrigin?: (origin: string, request: IncomingMessage) => boolean
}

/** Longest origin looked at, in UTF-16 units: a host name has no more than 253. */
const MAX_ORIGIN_LENGTH = 512

// Nobody's origins: a pattern that matches all of them leaves nobody out.
const STRANGERS = ['https://k3v9q.invalid', 'http://x.y7w2.test:8081']

/** Decides whose pages may ask. @internal */
export class CorsOrigins {
  readonly #exact: ReadonlySet<string>
  readonly #patterns: readonly RegexpProgram[]
  readonly #allow: CorsOriginOptions['allowOrigin']
  /** Whether everybody may. */
  readonly any: boolean

  /** @throws RegistrationError for a malformed pattern or origin, or when nobody would be allowed. */
  constructor({ allowedOrigins = [], allowedOriginPatterns = [], allowOrigin }: CorsOriginOptions) {
    const origins = allowedOrigins === 'any' ? [] : allowedOrigins
    this.any = allowedOrigins === 'any'
    this.#exact = new Set(origins.map(checkedOrigin))
    this.#patterns = allowedOriginPatterns.map(anchored)
    this.#allow = allowOrigin
    if (!this.any && this.#exact.size + this.#patterns.length === 0 && allowOrigin === undefined) {
      throw new RegistrationError('no origin is allowed: name allowedOrigins, allowedOriginPatterns or allowOrigin')
    }
  }

  /** Whether the lists let everybody in: a pattern may, without saying so. */
  leavesNobodyOut(): boolean {
    return this.any || STRANGERS.every((origin) => this.#matches(origin))
  }

  allows(given: string, request: IncomingMessage): boolean {
    if (given === '' || given.length > MAX_ORIGIN_LENGTH) return false
    if (this.any) return true
    const origin = given.toLowerCase()
    return this.#matches(origin) || (this.#allow?.(origin, request) ?? false)
  }

  // `null` stands for pages without an origin, anybody's: no pattern speaks for it.
  #matches(origin: string): boolean {
    return this.#exact.has(origin) || (origin !== 'null' && this.#patterns.some((each) => each.test(origin)))
  }
}

function checkedOrigin(origin: string): string {
  if (origin === 'null' || /^[a-z][a-z0-9+.-]*:\/\/[^/\s*?#]+$/i.test(origin)) return origin.toLowerCase()
  throw new RegistrationError(`${JSON.stringify(origin)} is no origin such as https://example.com`)
}

function anchored(source: string): RegexpProgram {
  try {
    const nodes: RegexpNode[] = [
      { kind: 'assert', assertion: 'begin' },
      { kind: 'group', node: parseRegexp(source) },
      { kind: 'assert', assertion: 'end' },
    ]
    return new RegexpProgram({ kind: 'sequence', nodes })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'a malformed expression'
    throw new RegistrationError(`invalid origin pattern ${JSON.stringify(source)}: ${reason}`, { cause })
  }
}
