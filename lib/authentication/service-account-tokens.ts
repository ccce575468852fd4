import { randomUUID } from 'node:crypto'
import type { JWTPayload } from 'jose'
import { commonAudiences } from './audiences.js'
import type { AuthenticationResponse, MaybePromise, TokenAuthenticator } from './authenticator.js'
import { jose } from './jose.js'
import { type Claims, ownClaim, textsOfClaim, unverifiedIssuer } from './jwt.js'
import {
  checkServiceAccount,
  type ServiceAccount,
  serviceAccountClaims,
  serviceAccountOf,
  serviceAccountUser,
  serviceAccountUsername,
} from './service-account.js'
import { type KeyInput, type SigningKey, signingKey, type VerifyKey, verifyKey } from './signing-key.js'

const DEFAULT_SECONDS = 60 * 60
/** What a TokenRequest may ask for: ten minutes to 2³² seconds. */
const MIN_SECONDS = 10 * 60
const MAX_SECONDS = 2 ** 32

/** Where a server answers {@link ServiceAccountTokens.jwks} and {@link ServiceAccountTokens.openIDConfiguration}. */
export const JWKS_PATH = '/openid/v1/jwks'
export const OPENID_CONFIGURATION_PATH = '/.well-known/openid-configuration'

/** How a server signs tokens of its own, and which it takes. */
export interface ServiceAccountTokenOptions {
  /** `iss` of the tokens: this server's own URL. */
  readonly issuer: string
  /** Other issuers whose tokens, signed by the same keys, are taken: former names. */
  readonly formerIssuers?: readonly string[]
  /** Private key, RSA, EC (P-256, P-384, P-521) or Ed25519. */
  readonly signingKey: KeyInput
  /** Keys of tokens that are still around: put the former signing key here when it is replaced. */
  readonly verifyKeys?: readonly KeyInput[]
  /** What tokens are good for when nothing else is asked for, and what this server takes. Default: the issuer. */
  readonly audiences?: readonly string[]
  /** Where others find {@link ServiceAccountTokens.jwks}. Default `/openid/v1/jwks` below the issuer's URL. */
  readonly jwksURL?: string
  /**
   * Whether a server with these tokens serves `/.well-known/openid-configuration` and `/openid/v1/jwks`, by which others verify
   * them. Default true where the issuer is an `https:` or `http:` URL without a query.
   */
  readonly issuerDiscovery?: boolean
  /** Whether the account is still there. Default: every account is. */
  readonly lookup?: (account: ServiceAccount) => MaybePromise<boolean>
}

/** What a token is asked for. */
export interface TokenRequest extends ServiceAccount {
  /** What it shall be good for. Default: the server's own. */
  readonly audiences?: readonly string[]
  /** Default 3600; 600 to 2³². */
  readonly expirationSeconds?: number
}

/** A token and its end. */
export interface IssuedToken {
  readonly token: string
  readonly expirationTimestamp: Date
}

/**
 * Signs tokens of service accounts and knows them again, as kube-apiserver does: a JWT of this issuer, with an audience
 * and an end, for `system:serviceaccount:<namespace>:<name>` in the groups `system:serviceaccounts` and
 * `system:serviceaccounts:<namespace>`.
 *
 * @example
 * ```ts
 * const serviceAccounts = new ServiceAccountTokens({ issuer: 'https://api.example.com', signingKey: readFileSync('sa.key') })
 * const { token } = await serviceAccounts.issue({ namespace: 'jobs', name: 'runner' })
 * const api = apiserver({ resources, storage, authentication: { serviceAccounts } })
 * ```
 */
export class ServiceAccountTokens implements TokenAuthenticator {
  readonly issuer: string
  readonly audiences: readonly string[]
  /** Whether {@link openIDConfiguration} and {@link jwks} are to be served. */
  readonly issuerDiscovery: boolean
  readonly #jwksURL: string
  readonly #issuers: ReadonlySet<string>
  readonly #signing: SigningKey
  readonly #keys: readonly VerifyKey[]
  readonly #lookup: ServiceAccountTokenOptions['lookup']

  /** @throws TypeError for keys that cannot sign or verify */
  constructor(options: ServiceAccountTokenOptions) {
    const { issuer, formerIssuers = [], audiences = [issuer], verifyKeys = [] } = options
    if (issuer === '' || audiences.length === 0)
      throw new TypeError('service account tokens need an issuer and audiences')
    this.issuer = issuer
    this.audiences = audiences
    this.issuerDiscovery = options.issuerDiscovery ?? isIssuerURL(issuer)
    if (this.issuerDiscovery && !isIssuerURL(issuer))
      throw new TypeError(`issuer ${JSON.stringify(issuer)} cannot be discovered: it is no URL, or has a query`)
    this.#jwksURL = options.jwksURL ?? `${issuer.replace(/\/$/, '')}${JWKS_PATH}`
    this.#issuers = new Set([issuer, ...formerIssuers])
    this.#signing = signingKey(options.signingKey)
    this.#keys = [this.#signing, ...verifyKeys.map(verifyKey)]
    this.#lookup = options.lookup
  }

  /** Whose tokens are taken: the issuer's, and those of its former names. */
  get issuers(): readonly string[] {
    return [...this.#issuers]
  }

  /** @throws TypeError for a name that no account could have; RangeError for a time that is too short or too long */
  async issue(request: TokenRequest): Promise<IssuedToken> {
    const { audiences = [], expirationSeconds = DEFAULT_SECONDS } = request
    checkServiceAccount(request)
    if (!(expirationSeconds >= MIN_SECONDS && expirationSeconds <= MAX_SECONDS))
      throw new RangeError(`a token must live for ${MIN_SECONDS} to ${MAX_SECONDS} seconds`)
    const { kid, algorithm, privateKey } = this.#signing
    const now = Math.floor(Date.now() / 1000)
    const end = now + Math.floor(expirationSeconds)
    const { SignJWT } = await jose()
    const token = await new SignJWT(serviceAccountClaims(request))
      .setProtectedHeader({ alg: algorithm, kid })
      .setIssuer(this.issuer)
      .setSubject(serviceAccountUsername(request))
      .setAudience([...(audiences.length > 0 ? audiences : this.audiences)])
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(end)
      .setJti(randomUUID())
      .sign(privateKey)
    return { token, expirationTimestamp: new Date(end * 1000) }
  }

  authenticateToken(
    token: string,
    audiences: readonly string[] = this.audiences,
  ): MaybePromise<AuthenticationResponse | undefined> {
    const issuer = unverifiedIssuer(token)
    if (issuer === undefined || !this.#issuers.has(issuer)) return undefined
    return this.#authenticate(token, audiences)
  }

  /** The public keys, for those who verify tokens themselves (`/openid/v1/jwks`). */
  jwks(): { keys: Record<string, unknown>[] } {
    return {
      keys: this.#keys.map(({ key, kid, algorithm }) => ({
        ...key.export({ format: 'jwk' }),
        use: 'sig',
        kid,
        alg: algorithm,
      })),
    }
  }

  /** What `/.well-known/openid-configuration` says; `jwksURL` is where {@link jwks} is served, if not where the options say. */
  openIDConfiguration(jwksURL: string = this.#jwksURL): Record<string, unknown> {
    return {
      issuer: this.issuer,
      jwks_uri: jwksURL,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [...new Set(this.#keys.map(({ algorithm }) => algorithm))],
    }
  }

  async #authenticate(token: string, wanted: readonly string[]): Promise<AuthenticationResponse> {
    const claims = await this.#verify(token)
    const given = textsOfClaim(ownClaim(claims, 'aud')) ?? []
    const audiences = commonAudiences(given, wanted)
    if (audiences.length === 0) throw new Error('service account token is for other audiences')
    const account = serviceAccountOf(claims)
    if (this.#lookup !== undefined && !(await this.#lookup(account)))
      throw new Error('service account token is of an account that is no more')
    const id = ownClaim(claims, 'jti')
    const user = serviceAccountUser(account, typeof id === 'string' && id !== '' ? id : undefined)
    return { user, audiences, expiresAt: Number(claims.exp) * 1000 }
  }

  /** The key that the token names, or each of them: tokens of former servers may name none. */
  async #verify(token: string): Promise<Claims> {
    const { kid } = (await jose()).decodeProtectedHeader(token)
    const named = this.#keys.filter((key) => key.kid === kid)
    for (const { key, algorithm } of named.length > 0 ? named : this.#keys) {
      const claims = await verifyWith(token, key, algorithm)
      if (claims !== undefined) return claims
    }
    throw new Error('service account token is signed by none of the keys')
  }
}

/** undefined = this key has not signed it. */
async function verifyWith(token: string, key: VerifyKey['key'], algorithm: string): Promise<JWTPayload | undefined> {
  const { errors, jwtVerify } = await jose()
  try {
    return (await jwtVerify(token, key, { algorithms: [algorithm], requiredClaims: ['exp', 'sub', 'aud'] })).payload
  } catch (err) {
    if (err instanceof errors.JWSSignatureVerificationFailed || err instanceof errors.JOSEAlgNotAllowed)
      return undefined
    throw err
  }
}

function isIssuerURL(issuer: string): boolean {
  if (!URL.canParse(issuer)) return false
  const { protocol, search, hash, username, password } = new URL(issuer)
  return (protocol === 'https:' || protocol === 'http:') && search + hash + username + password === ''
}
