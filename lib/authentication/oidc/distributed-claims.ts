import { BoundedMap } from '../../meta/bounded-map.js'
import { messageOf } from '../../meta/errors.js'
import { isJSONObject } from '../../runtime/json/index.js'
import { JSONClient, type RemoteOptions, remoteURL } from '../json-client.js'
import { type Claims, ownClaim, unverifiedIssuer } from '../jwt.js'
import { tokenDigest } from '../token-digest.js'
import type { OIDCIssuer } from './options.js'
import { namesOf, TokenVerifier, type VerifiedClaims } from './token-verifier.js'

const TIMEOUT_MS = 5_000
const MAX_ANSWER_BYTES = 256 * 1024
const MAX_UNDER_WAY = 100
const MAX_KEPT = 1024
const MAX_ISSUERS = 16
const CACHE_SECONDS = 60
/** How long a source that failed is not asked again: whoever waits for it holds a request up. */
const FAILURE_MS = 5_000

/** Where a claim is to be had (OpenID Connect Core 1.0, 5.6.2). */
interface ClaimSource {
  readonly endpoint: string
  readonly accessToken: string
}

interface Kept {
  readonly answer: Promise<VerifiedClaims>
  until: number
}

/**
 * Fetches the one claim that a token may name a source for instead of saying it (`_claim_names`, `_claim_sources`), as
 * Kubernetes does for groups: a JWT for our audiences, verified by the keys of whoever it says has issued it, for the token
 * that names the source is its issuer's word. Other issuers' sources are asked by https, or on loopback.
 *
 * @see https://openid.net/specs/openid-connect-core-1_0.html#AggregatedDistributedClaims
 */
export class DistributedClaims {
  readonly #client: JSONClient
  readonly #remote: RemoteOptions
  readonly #kept = new BoundedMap<Kept>(MAX_KEPT)
  readonly #verifiers = new BoundedMap<TokenVerifier>(MAX_ISSUERS)
  #underWay = 0

  constructor(
    readonly claim: string,
    readonly issuer: OIDCIssuer,
    readonly own: TokenVerifier,
  ) {
    const { ca, cert, key, insecureHTTP = false } = issuer
    this.#remote = {
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      insecureHTTP: insecureHTTP && 'loopback',
    }
    // Headers are for the issuer alone: they may be its secrets.
    this.#client = new JSONClient(this.#remote)
  }

  /**
   * The claims with the one that they only name a source for; valid for no longer than that one.
   *
   * @throws Error when the source cannot be asked, or what it says is not to be believed
   */
  async expand(verified: VerifiedClaims): Promise<VerifiedClaims> {
    const source = sourceOf(verified.claims, this.claim)
    if (source === undefined) return verified
    const { claims, expiresAt } = await this.#ask(source)
    return {
      claims: { ...verified.claims, [this.claim]: claims[this.claim] },
      expiresAt: Math.min(verified.expiresAt, expiresAt),
    }
  }

  /** Who asks the same waits for one answer, and for a while has it. */
  #ask(source: ClaimSource): Promise<VerifiedClaims> {
    const id = tokenDigest(JSON.stringify([source.endpoint, source.accessToken]))
    const kept = this.#kept.get(id)
    if (kept !== undefined && Date.now() < kept.until) return kept.answer
    const asked: Kept = { answer: this.#fetch(source), until: Number.POSITIVE_INFINITY }
    const { cacheSeconds = CACHE_SECONDS } =
      typeof this.issuer.distributedClaims === 'object' ? this.issuer.distributedClaims : {}
    asked.answer.then(
      ({ expiresAt }) => {
        asked.until = Math.min(Date.now() + cacheSeconds * 1000, expiresAt)
      },
      () => {
        asked.until = Date.now() + FAILURE_MS
      },
    )
    this.#kept.set(id, asked)
    return asked.answer
  }

  async #fetch({ endpoint, accessToken }: ClaimSource): Promise<VerifiedClaims> {
    if (this.#underWay >= MAX_UNDER_WAY) throw new Error('oidc: too many distributed claims are being fetched')
    this.#underWay++
    try {
      const token = await this.#client.askText({
        url: remoteURL(endpoint, this.#remote),
        headers: { accept: 'application/jwt', ...(accessToken !== '' && { authorization: `Bearer ${accessToken}` }) },
        timeoutMs: this.issuer.timeoutMs ?? TIMEOUT_MS,
        maxBytes: MAX_ANSWER_BYTES,
      })
      const verified = await this.#verifierOf(token.trim()).verify(token.trim())
      if (!Object.hasOwn(verified.claims, this.claim)) throw new Error('the fetched token does not have it')
      return verified
    } catch (cause) {
      throw new Error(`oidc: distributed claim ${this.claim}: ${messageOf(cause)}`, { cause })
    } finally {
      this.#underWay--
    }
  }

  #verifierOf(token: string): TokenVerifier {
    const url = unverifiedIssuer(token)
    if (url === undefined) throw new Error('what was fetched is no JWT with an issuer')
    if (namesOf(this.issuer.url).includes(url)) return this.own
    const known = this.#verifiers.get(url)
    if (known !== undefined) return known
    const { discoveryURL: _, ...rules } = this.issuer
    const verifier = new TokenVerifier({ ...rules, ...this.#remote, url }, this.#client)
    this.#verifiers.set(url, verifier)
    return verifier
  }
}

/**
 * Where the claim is to be had; undefined when the token has it itself, or says of no source that could be asked.
 *
 * @throws Error when what it says of sources makes no sense
 */
function sourceOf(claims: Claims, claim: string): ClaimSource | undefined {
  const names = ownClaim(claims, '_claim_names')
  if (Object.hasOwn(claims, claim) || names === undefined || names === null) return undefined
  const sources = ownClaim(claims, '_claim_sources')
  if (!isJSONObject(names)) throw new Error('oidc: _claim_names is no object')
  if (!isJSONObject(sources)) throw new Error('oidc: _claim_sources is no object')
  const name = ownClaim(names, claim)
  if (name === undefined) return undefined
  const source = typeof name === 'string' ? ownClaim(sources, name) : undefined
  if (!isJSONObject(source)) throw new Error(`oidc: _claim_sources has no source of claim ${claim}`)
  const endpoint = ownClaim(source, 'endpoint') ?? ''
  const accessToken = ownClaim(source, 'access_token') ?? ''
  if (typeof endpoint !== 'string' || typeof accessToken !== 'string')
    throw new Error(`oidc: the source of claim ${claim} is not made of texts`)
  // An aggregated claim, which Kubernetes takes for none.
  return endpoint === '' ? undefined : { endpoint, accessToken }
}
