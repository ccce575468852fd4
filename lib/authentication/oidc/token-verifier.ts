import type { errors, JWTPayload, JWTVerifyGetKey, JWTVerifyOptions } from 'jose'
import { jose } from '../jose.js'
import type { JSONClient } from '../json-client.js'
import { type Claims, SIGNING_ALGORITHMS } from '../jwt.js'
import { discoverKeys, discoveryURL } from './discovery.js'
import { KeySet } from './key-set.js'
import type { OIDCIssuer } from './options.js'

const MAX_AGE_SECONDS = 600
const COOLDOWN_SECONDS = 10
/** How far an issuer's clock may be ahead; for the end of a token no skew is allowed. */
const NOT_BEFORE_LEEWAY_SECONDS = 300
const DEFAULT_ALGORITHMS = SIGNING_ALGORITHMS.filter((algorithm) => algorithm !== 'EdDSA')

/** What a verifier must know of an issuer. */
export type VerifiedIssuer = Pick<
  OIDCIssuer,
  | 'url'
  | 'discoveryURL'
  | 'audiences'
  | 'algorithms'
  | 'timeoutMs'
  | 'insecureHTTP'
  | 'keysMaxAgeSeconds'
  | 'keysCooldownSeconds'
>

/** What a token says that its issuer has signed, and until when, in milliseconds since the epoch. */
export interface VerifiedClaims {
  readonly claims: Claims
  readonly expiresAt: number
}

/** Google's older tokens name it without a scheme, and mean the same (OpenID Connect Core 1.0, 15.6.2). */
const GOOGLE = 'https://accounts.google.com'

/** What the `iss` of an issuer's tokens may be. */
export const namesOf = (url: string): readonly string[] => (url === GOOGLE ? [url, 'accounts.google.com'] : [url])

/** Verifies the JWTs of one issuer for our audiences. Its keys are asked for when its first token comes. */
export class TokenVerifier {
  readonly #keys: KeySet
  readonly #options: JWTVerifyOptions

  /** @throws TypeError for URLs, audiences or algorithms that cannot be used */
  constructor(issuer: VerifiedIssuer, client: JSONClient) {
    const { url, audiences, algorithms = DEFAULT_ALGORITHMS } = issuer
    discoveryURL(issuer)
    checkAudiences(audiences)
    const unknown = algorithms.find((algorithm) => !SIGNING_ALGORITHMS.includes(algorithm))
    if (unknown !== undefined)
      throw new TypeError(`${unknown} is no algorithm with a public key; there are ${SIGNING_ALGORITHMS.join(', ')}`)
    this.#options = {
      issuer: [...namesOf(url)],
      audience: [...audiences],
      algorithms: [...algorithms],
      clockTolerance: NOT_BEFORE_LEEWAY_SECONDS,
    }
    this.#keys = new KeySet(() => discoverKeys(client, issuer), {
      maxAgeMs: (issuer.keysMaxAgeSeconds ?? MAX_AGE_SECONDS) * 1000,
      cooldownMs: (issuer.keysCooldownSeconds ?? COOLDOWN_SECONDS) * 1000,
    })
  }

  /** @throws Error for a token that is not this issuer's, not for us, or not valid now */
  async verify(token: string): Promise<VerifiedClaims> {
    const claims = await this.#verified(token)
    // Without an end it has ended.
    const expiresAt = (claims.exp ?? 0) * 1000
    if (expiresAt <= Date.now()) throw new Error('oidc: verify token: token is expired')
    return { claims: claims as Claims, expiresAt }
  }

  async #verified(token: string): Promise<JWTPayload> {
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

/** A program without types may give anything. */
function checkAudiences(audiences: unknown): void {
  if (!Array.isArray(audiences) || audiences.length === 0)
    throw new TypeError('`audiences` must be a list of at least one audience: what `aud` of a token must name')
  if (audiences.some((each) => typeof each !== 'string' || each === '') || new Set(audiences).size < audiences.length)
    throw new TypeError('`audiences` must be different texts, and none empty')
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
