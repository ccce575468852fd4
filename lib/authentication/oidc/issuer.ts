import { messageOf } from '../../meta/errors.js'
import type { AuthenticationResponse, MaybePromise, TokenAuthenticator } from '../authenticator.js'
import { JSONClient } from '../json-client.js'
import { unverifiedIssuer } from '../jwt.js'
import { checkMappings, userOfClaims } from './claims.js'
import { DistributedClaims } from './distributed-claims.js'
import { OIDCError, withoutPrefix } from './error.js'
import type { OIDCIssuer } from './options.js'
import { namesOf, TokenVerifier } from './token-verifier.js'

/** Knows the tokens of one OpenID Connect issuer. Its keys are asked for when its first token comes. */
export class OIDCAuthenticator implements TokenAuthenticator {
  readonly #verifier: TokenVerifier
  readonly #distributed: DistributedClaims | undefined
  readonly #names: readonly string[]

  /** @throws TypeError for URLs, audiences, algorithms or mappings that cannot be used */
  constructor(readonly issuer: OIDCIssuer) {
    this.#names = namesOf(issuer.url)
    this.#verifier = checked(issuer.url, () => {
      checkMappings(issuer)
      return new TokenVerifier(issuer, new JSONClient(issuer))
    })
    const { groups, distributedClaims = true } = issuer
    if (distributedClaims !== false && typeof groups === 'object')
      this.#distributed = new DistributedClaims(groups.claim, issuer, this.#verifier)
  }

  authenticateToken(token: string): MaybePromise<AuthenticationResponse | undefined> {
    const claimed = unverifiedIssuer(token)
    return claimed !== undefined && this.#names.includes(claimed) ? this.#authenticate(token) : undefined
  }

  async #authenticate(token: string): Promise<AuthenticationResponse> {
    try {
      const verified = await this.#verifier.verify(token)
      const { claims, expiresAt } = this.#distributed ? await this.#distributed.expand(verified) : verified
      return { user: userOfClaims(claims, this.issuer), expiresAt }
    } catch (err) {
      throw new OIDCError(this.issuer.url, err)
    }
  }
}

/** Names the option and the issuer that a mistake is in. */
function checked<T>(url: string, make: () => T): T {
  try {
    return make()
  } catch (err) {
    const message = `authentication.oidc: issuer ${shown(url)}: ${withoutPrefix(messageOf(err))}`
    throw new TypeError(message, { cause: err })
  }
}

/** What is no URL as it is; a URL may hold a password or a query with one. */
function shown(url: string): string {
  if (!URL.canParse(url)) return JSON.stringify(url) ?? 'undefined'
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}
