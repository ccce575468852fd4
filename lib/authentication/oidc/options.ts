import type { UserInfo } from '../../meta/context.js'
import type { RemoteOptions } from '../json-client.js'
import type { Claims, SigningAlgorithm } from '../jwt.js'

/** A claim by its name, and what is put before its value. */
export interface PrefixedClaim {
  readonly claim: string
  /** Keeps names of one issuer apart from those of others and of the system; `''` = none. */
  readonly prefix: string
}

/** How claims of other sources are fetched. */
export interface DistributedClaimsOptions {
  /** How long an answer is kept, but no longer than it is valid. Default 60 seconds. */
  readonly cacheSeconds?: number
}

/**
 * A trusted issuer of JWTs, in the spirit of `AuthenticationConfiguration` (KEP-3331), with names of claims or functions
 * where Kubernetes has CEL.
 *
 * @example
 * ```ts
 * const issuer: OIDCIssuer = {
 *   url: 'https://accounts.example.com',
 *   audiences: ['my-api'],
 *   username: { claim: 'email', prefix: 'oidc:' },
 *   groups: { claim: 'groups', prefix: 'oidc:' },
 *   requiredClaims: { hd: 'example.com' },
 *   userValidation: ({ name }) => (name.startsWith('system:') ? 'system names are not for tokens' : undefined),
 * }
 * ```
 */
export interface OIDCIssuer extends RemoteOptions {
  /** The `iss` of its tokens, and where `/.well-known/openid-configuration` is found. */
  readonly url: string
  /** Where the configuration is found, if not below `url`; it must name `url` as its issuer. */
  readonly discoveryURL?: string
  /** What `aud` must name one of: this server's client ids. */
  readonly audiences: readonly string[]
  /**
   * The user's name. Default: the claim `sub` behind `<url>#`. A name from `email` is refused when `email_verified` is
   * there and not true.
   */
  readonly username?: PrefixedClaim | ((claims: Claims) => string)
  /** The user's groups: a text or an array of them. Default: none. A token can give any group that a prefix does not keep away. */
  readonly groups?: PrefixedClaim | ((claims: Claims) => readonly string[])
  /**
   * Whether groups that a token only names a source for (`_claim_names`, `_claim_sources`) are fetched there, as Kubernetes
   * does: by https, or by http on loopback where `insecureHTTP` allows it. Only for `groups` that are a claim's name. A source
   * that answers no JWT for our audiences makes the token a bad one; `false` leaves such users without groups. Default true.
   */
  readonly distributedClaims?: boolean | DistributedClaimsOptions
  /** The claim with the user's uid. */
  readonly uid?: string | ((claims: Claims) => string)
  /** More about the user: a key such as `example.com/tenant`, and the claim that gives its values. */
  readonly extra?: Readonly<Record<string, string | ((claims: Claims) => readonly string[])>>
  /** Claims that must be there with exactly this value. */
  readonly requiredClaims?: Readonly<Record<string, string>>
  /** Says what is wrong with the claims; undefined = nothing. */
  readonly claimValidation?: (claims: Claims) => string | undefined
  /** Says what is wrong with the user made of them; undefined = nothing. */
  readonly userValidation?: (user: UserInfo) => string | undefined
  /** Default: RS, PS and ES with 256, 384 and 512 bits, as Kubernetes takes. */
  readonly algorithms?: readonly SigningAlgorithm[]
  /** Longest that the issuer's configuration, its keys or the source of a claim may take, each, in milliseconds. Default 5,000. */
  readonly timeoutMs?: number
  /** After how many seconds its keys are asked for again. Default 600. */
  readonly keysMaxAgeSeconds?: number
  /** Shortest time between two askings, whatever tokens claim, in seconds. Default 10. */
  readonly keysCooldownSeconds?: number
}
