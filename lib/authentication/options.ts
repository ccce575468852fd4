import type { AnonymousOptions } from './anonymous.js'
import type { RequestAuthenticator, TokenAuthenticator } from './authenticator.js'
import type { ClientCertificateOptions } from './client-certificate.js'
import type { HostAuthenticator } from './host-login.js'
import type { OIDCIssuer } from './oidc/options.js'
import type { RequestHeaderOptions } from './request-header.js'
import type { ServiceAccountTokens } from './service-account-tokens.js'
import type { StaticToken } from './static-tokens.js'
import type { TokenCacheOptions } from './token-cache.js'
import type { TokenReviewOptions } from './token-review.js'

/**
 * Who may say who somebody is. All ways that are given are asked, in the order of kube-apiserver: front proxy, client
 * certificate, tokens (static, service accounts, OIDC, webhook), own authenticators, the host app's login, anonymous. At least
 * one must be given: options of which none is there (`tokenFile: undefined`) are a mistake, and not everybody's admission.
 */
export interface AuthenticationOptions extends Partial<HostAuthenticator> {
  /** Tokens that do not change. */
  readonly tokens?: readonly StaticToken[]
  /**
   * Path of a file of them, as kube-apiserver's `--token-auth-file`; read anew when it changes, by renaming and by swapped
   * links too. A file that cannot be used leaves those in place that were read last, and so does an empty one where there were
   * some: a line without a token (`,,`) takes all away. A regular file of 16 MiB at most.
   */
  readonly tokenFile?: string
  /** How often `tokenFile` is looked at, in milliseconds. Default 10,000; 0 = it is read once. */
  readonly tokenFileReloadIntervalMs?: number
  /** X.509 client certificates. `runServer` with `tls` asks for them; another https server must be told to. */
  readonly clientCertificates?: ClientCertificateOptions
  /** Origins of pages that may make changes by the host app's login, besides this server's own. */
  readonly trustedOrigins?: readonly string[]
  /** Trusted issuers of JWTs. */
  readonly oidc?: readonly OIDCIssuer[]
  /** Tokens that this server signs. */
  readonly serviceAccounts?: ServiceAccountTokens
  /** Another server that knows tokens. */
  readonly webhook?: TokenReviewOptions
  /** More ways to know tokens. */
  readonly tokenAuthenticators?: readonly TokenAuthenticator[]
  /** More ways to know requests. */
  readonly authenticators?: readonly RequestAuthenticator[]
  /** A front proxy that has authenticated users. */
  readonly requestHeader?: RequestHeaderOptions
  /**
   * Whether requests without credentials go on, as `system:anonymous`. Bad credentials never do. Default: to
   * `authorization.alwaysAllowPaths` alone, for probes have no credentials; `false` = not even there.
   */
  readonly anonymous?: boolean | AnonymousOptions
  /** What this server is to tokens. Default: the audiences of `serviceAccounts`, else nothing is compared. */
  readonly audiences?: readonly string[]
  /** How long tokens stay known; `false` = every request asks. Default 10 seconds. */
  readonly tokenCache?: TokenCacheOptions | false
}
