import type { IncomingMessage } from 'node:http'
import type { Context } from '../meta/context.js'
import type { AuthenticationResponse, MaybePromise, RequestAuthenticator, TokenAuthenticator } from './authenticator.js'

const EXTRA_SPACE = 'the provided Authorization header contains extra space before the bearer token, and is ignored'
/** Nothing that anybody issues is longer, and what strangers send is hashed and parsed. In UTF-16 units. */
const MAX_TOKEN_LENGTH = 32 * 1024

/** What a token is told that nobody knows; says nothing about why. */
const invalidToken = (): Error => new Error('invalid bearer token')

/**
 * Reads `Authorization: Bearer <token>` (RFC 6750) as Kubernetes does: the scheme in any case, one space, what follows a
 * second space is ignored; another scheme or an empty token are no credentials. Of several headers Node keeps the first.
 */
export class BearerTokenAuthenticator implements RequestAuthenticator {
  constructor(readonly tokens: TokenAuthenticator) {}

  authenticateRequest(request: IncomingMessage, ctx: Context): MaybePromise<AuthenticationResponse | undefined> {
    const header = request.headers.authorization
    if (header === undefined) return undefined
    const token = bearerToken(header)
    if (token === undefined) return undefined
    if (token === '') {
      ctx.warn(EXTRA_SPACE)
      return undefined
    }
    return knownToken(this.tokens, token)
  }
}

/** Who a token is of; throws when nobody knows it, for somebody has shown credentials. */
export function knownToken(tokens: TokenAuthenticator, token: string): MaybePromise<AuthenticationResponse> {
  if (token.length > MAX_TOKEN_LENGTH) throw invalidToken()
  const answer = tokens.authenticateToken(token)
  if (answer instanceof Promise) return answer.then(known)
  return known(answer)
}

function known(answer: AuthenticationResponse | undefined): AuthenticationResponse {
  if (answer === undefined) throw invalidToken()
  return answer
}

/** The token of an `Authorization` header; '' = a second space stands where it should begin; undefined = there is none. */
export function bearerToken(header: string): string | undefined {
  const text = header.trim()
  if (text.length < 7 || text[6] !== ' ' || text.slice(0, 6).toLowerCase() !== 'bearer') return undefined
  const end = text.indexOf(' ', 7)
  return end < 0 ? text.slice(7) : text.slice(7, end)
}
