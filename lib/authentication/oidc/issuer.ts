import type { errors, JWTPayload, JWTVerifyGetKey, JWTVerifyOptions } from 'jose'
import type { AuthenticationResponse, MaybePromise, TokenAuthenticator } from '../authenticator.js'
import { jose } from '../jose.js'
import { JSONClient } from '../json-client.js'
import { type Claims, SIGNING_ALGORITHMS, unverifiedIssuer } from '../jwt.js'
import { checkMappings, userOfClaims } from './claims.js'
import { discoverKeys, discoveryURL } from './discovery.js'
import { KeySet } from './key-set.js'
import type { OIDCIssuer } from './options.js'

const MAX_AGE_SECONDS = 600
const COOLDOWN_SECONDS = 10
/** How far an issuer's clock may be ahead; for the end of a token no skew is allowed. */
const NOT_BEFORE_LEEWAY_SECONDS = 300
const DEFAULT_ALGORITHMS = SIGNING_ALGORITHMS.filter((algorithm) => algorithm !== 'EdDSA')

/** Knows the tokens of one OpenID Connect issuer. Its keys are asked for when its first token comes. */
export class OIDCAuthenticator implements TokenAuthenticator {
  readonly #keys: KeySet
  readonly #options: JWTVerifyOptions

  /** @throws TypeError for URLs, algorithms or mappings that cannot be used */
  constructor(readonly issuer: OIDCIssuer) {
    const { url, audiences, algorithms = DEFAULT_ALGORITHMS } = issuer
    discoveryURL(issuer)
    checkMappings(issuer)
    if (audiences.length === 0) throw new TypeError(`oidc: issuer ${url} needs at least one audience`)
    const unknown = algorithms.find((algorithm) => !SIGNING_ALGORITHMS.includes(algorithm))
    if (unknown !== undefined) throw new TypeError(`oidc: ${unknown} is no algorithm with a public key`)
    this.#options = {
      issuer: url,
      audience: [...audiences],
      algorithms: [...algorithms],
      clockTolerance: NOT_BEFORE_LEEWAY_SECONDS,
    }
    const client = new JSONClient(issuer)
    this.#keys = new KeySet(() => discoverKeys(client, issuer), {
      maxAgeMs: (issuer.keysMaxAgeSeconds ?? MAX_AGE_SECONDS) * 1000,
      cooldownMs: (issuer.keysCooldownSeconds ?? COOLDOWN_SECONDS) * 1000,
    })
  }

  authenticateToken(token: string): MaybePromise<AuthenticationResponse | undefined> {
    return unverifiedIssuer(token) === this.issuer.url ? this.#authenticate(token) : undefined
  }

  async #authenticate(token: string): Promise<AuthenticationResponse> {
    const claims = await this.#verify(token)
    // Without an end it has ended.
    const expiresAt = (claims.exp ?? 0) * 1000
    if (expiresAt <= Date.now()) throw new Error('oidc: verify token: token is expired')
    return { user: userOfClaims(claims as Claims, this.issuer), expiresAt }
  }

  async #verify(token: string): Promise<JWTPayload> {
    const keys = await this.#keys.current()
    try {
      return await verifyWith(keys, token, this.#options)
    } catch (err) {
      if (!(await mayBeRotated(err))) throw err
      const newer = await this.#keys.newerThan(keys)
      if (newer === undefined) throw err
      return verifyWith(newer, token, this.#options)
    }
  }
}

async function mayBeRotated(err: unknown): Promise<boolean> {
  const { errors } = await jose()
  return err instanceof errors.JWKSNoMatchingKey || err instanceof errors.JWSSignatureVerificationFailed
}

async function verifyWith(keys: JWTVerifyGetKey, token: string, options: JWTVerifyOptions): Promise<JWTPayload> {
  const { errors, jwtVerify } = await jose()
  try {
    return (await jwtVerify(token, keys, options)).payload
  } catch (err) {
    if (!(err instanceof errors.JWKSMultipleMatchingKeys)) throw err
    return verifyWithAny(err, token, options)
  }
}

/** A token that does not say which of several keys has signed it is tried with each. */
async function verifyWithAny(
  candidates: errors.JWKSMultipleMatchingKeys,
  token: string,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  const { errors, jwtVerify } = await jose()
  for await (const key of candidates) {
    try {
      return (await jwtVerify(token, key, options)).payload
    } catch (err) {
      if (!(err instanceof errors.JWSSignatureVerificationFailed)) throw err
    }
  }
  throw new errors.JWSSignatureVerificationFailed()
}
