import type { AuthenticationResponse, MaybePromise, TokenAuthenticator } from '../authenticator.js'
import { JSONClient } from '../json-client.js'
import { unverifiedIssuer } from '../jwt.js'
import { checkMappings, userOfClaims } from './claims.js'
import { DistributedClaims } from './distributed-claims.js'
import type { OIDCIssuer } from './options.js'
import { namesOf, TokenVerifier } from './token-verifier.js'

/** Knows the tokens of one OpenID Connect issuer. Its keys are asked for when its first token comes. */
export class OIDCAuthenticator implements TokenAuthenticator {
  readonly #verifier: TokenVerifier
  readonly #distributed: DistributedClaims | undefined
  readonly #names: readonly string[]

  /** @throws TypeError for URLs, algorithms or mappings that cannot be used */
  constructor(readonly issuer: OIDCIssuer) {
    checkMappings(issuer)
    this.#names = namesOf(issuer.url)
    this.#verifier = new TokenVerifier(issuer, new JSONClient(issuer))
    const { groups, distributedClaims = true } = issuer
    if (distributedClaims !== false && typeof groups === 'object')
      this.#distributed = new DistributedClaims(groups.claim, issuer, this.#verifier)
  }

  authenticateToken(token: string): MaybePromise<AuthenticationResponse | undefined> {
    const claimed = unverifiedIssuer(token)
    return claimed !== undefined && this.#names.includes(claimed) ? this.#authenticate(token) : undefined
  }

  async #authenticate(token: string): Promise<AuthenticationResponse> {
    const verified = await this.#verifier.verify(token)
    const { claims, expiresAt } = this.#distributed ? await this.#distributed.expand(verified) : verified
    return { user: userOfClaims(claims, this.issuer), expiresAt }
  }
}
