/** Authentication: who makes a request. One file a way of finding out, and {@link authenticatorOf} that joins them. */
export { AnonymousAuthenticator, type AnonymousOptions } from './anonymous.js'
export { audiencesAreAcceptable } from './audiences.js'
export type {
  AuthenticationResponse,
  MaybePromise,
  RequestAuthenticator,
  TokenAuthenticator,
} from './authenticator.js'
export { type Authenticator, authenticatorOf } from './authenticator-of.js'
export { BearerTokenAuthenticator, bearerToken } from './bearer-token.js'
export { type CertificateBundle, type CertificateSource, certificatesOf } from './certificate-authority.js'
export type { ClientCAs } from './client-cas.js'
export {
  ClientCertificateAuthenticator,
  type ClientCertificateAuthorities,
  type ClientCertificateOptions,
} from './client-certificate.js'
export type { HostAuthenticator, HostLogin, HostRequest, HostUser } from './host-login.js'
export { HostLoginAuthenticator } from './host-login.js'
export type { RemoteOptions } from './json-client.js'
export { type Claims, SIGNING_ALGORITHMS, type SigningAlgorithm } from './jwt.js'
export { type AuthenticationMetrics, type AuthenticationResult, compressUsername } from './metrics.js'
export { issuerOf, OIDCError } from './oidc/error.js'
export { OIDCAuthenticator } from './oidc/issuer.js'
export type { DistributedClaimsOptions, OIDCIssuer, PrefixedClaim } from './oidc/options.js'
export type { AuthenticationOptions } from './options.js'
export { peerCertificate } from './peer-certificate.js'
export { frontProxyHeaders, RequestHeaderAuthenticator, type RequestHeaderOptions } from './request-header.js'
export { removeHeaders } from './request-headers.js'
export type { ServiceAccount } from './service-account.js'
export {
  type IssuedToken,
  JWKS_PATH,
  OPENID_CONFIGURATION_PATH,
  type ServiceAccountTokenOptions,
  ServiceAccountTokens,
  type TokenRequest,
} from './service-account-tokens.js'
export type { KeyInput } from './signing-key.js'
export { parseTokens, readTokenFile, type StaticToken, StaticTokens } from './static-tokens.js'
export { TokenCache, type TokenCacheOptions } from './token-cache.js'
export { TokenFile, type TokenFileOptions } from './token-file.js'
export { type TokenReviewOptions, tokenReviewWebhook } from './token-review.js'
export { unionRequest, unionToken } from './union.js'
export { ANONYMOUS_USER, AUTHENTICATED_GROUP, UNAUTHENTICATED_GROUP, withAuthenticatedGroup } from './user.js'
export { removeProtocolToken, WebSocketProtocolAuthenticator } from './websocket-protocol.js'
