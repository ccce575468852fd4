import { AnonymousAuthenticator } from './anonymous.js'
import { audienceAgnostic } from './audiences.js'
import type { AuthenticationResponse, MaybePromise, RequestAuthenticator, TokenAuthenticator } from './authenticator.js'
import { BearerTokenAuthenticator } from './bearer-token.js'
import { authoritiesOf, type ClientCAs, caFileOf, clientCAsOf } from './client-cas.js'
import { ClientCertificateAuthenticator, type ClientCertificateAuthorities } from './client-certificate.js'
import { HostLoginAuthenticator } from './host-login.js'
import type { AuthenticationMetrics } from './metrics.js'
import { OIDCAuthenticator } from './oidc/issuer.js'
import type { AuthenticationOptions } from './options.js'
import { RequestHeaderAuthenticator } from './request-header.js'
import { requireWay } from './require-way.js'
import { StaticTokens } from './static-tokens.js'
import { TokenCache } from './token-cache.js'
import { TokenFile, type TokenFileOptions } from './token-file.js'
import { tokenReviewWebhook } from './token-review.js'
import { unionRequest, unionToken } from './union.js'
import { withAuthenticatedGroup } from './user.js'
import { WebSocketProtocolAuthenticator } from './websocket-protocol.js'

/** What {@link authenticatorOf} makes of options. */
export interface Authenticator extends RequestAuthenticator {
  /** Knows tokens without a request, for TokenReviews; undefined when no kind of token is taken. */
  readonly tokens: TokenAuthenticator | undefined
  /** What this server is to tokens; `[]` = nothing is compared. */
  readonly audiences: readonly string[]
  /** Who issues client certificates that are taken, for TLS to ask for theirs; undefined = none are. */
  readonly clientCAs: ClientCAs | undefined
  /** Ends the looking for changes of files. */
  close(): void
}

/**
 * Joins all ways of finding out who makes a request into one. Whoever is known gets the group `system:authenticated`.
 *
 * @param onReload told when a file of tokens or certificates was read anew, and why it could not be
 * @param onUnasked told once when client certificates are taken and a server's TLS does not ask for any
 * @throws TypeError for options that cannot be used, and where neither a way is given nor `anonymous` lets anybody in; Error
 * for a token file that cannot be read
 * @example
 * ```ts
 * const authenticator = authenticatorOf({
 *   tokens: [{ token: process.env.ADMIN_TOKEN!, user: { name: 'admin', groups: ['system:masters'] } }],
 *   oidc: [{ url: 'https://accounts.example.com', audiences: ['my-api'] }],
 *   authenticate: (req) => req.user, // what Passport or a session has found out
 *   anonymous: { paths: ['/livez', '/readyz'] },
 * })
 * ```
 */
export function authenticatorOf(
  options: AuthenticationOptions,
  metrics?: AuthenticationMetrics,
  onReload?: TokenFileOptions['onReload'],
  onUnasked?: () => void,
): Authenticator {
  requireWay(options)
  const caFile = caFileOf(options, onReload)
  const audiences = options.audiences ?? options.serviceAccounts?.audiences ?? []
  let cache: TokenCache | undefined
  const file = tokenFileOf(options, (...told) => {
    cache?.forget()
    onReload?.(...told)
  })
  const known = tokensOf(options, file, audiences, metrics)
  if (known && options.tokenCache !== false) cache = new TokenCache(known, options.tokenCache, metrics)
  const tokens = cache ?? known
  const clientCertificates = authoritiesOf(options, caFile, onUnasked)
  const ways = waysOf(options, clientCertificates, tokens)
  const somebody = ways.length > 0 ? [new AuthenticatedGroupAdder(unionRequest(ways))] : []
  const all = unionRequest([...somebody, ...anonymousOf(options)], { failOnError: true })
  return {
    tokens,
    audiences,
    authenticateRequest: (request, ctx) => all.authenticateRequest(request, ctx),
    clientCAs: clientCAsOf(clientCertificates, options, caFile),
    close() {
      file?.close()
      caFile?.close()
    },
  }
}

/** In the order in which they are asked. */
function waysOf(
  options: AuthenticationOptions,
  clientCertificates: ClientCertificateAuthorities | undefined,
  tokens: TokenAuthenticator | undefined,
): RequestAuthenticator[] {
  const { requestHeader, authenticators = [] } = options
  return [
    ...(requestHeader ? [new RequestHeaderAuthenticator(requestHeader)] : []),
    ...(clientCertificates ? [new ClientCertificateAuthenticator(clientCertificates)] : []),
    ...(tokens ? [new BearerTokenAuthenticator(tokens), new WebSocketProtocolAuthenticator(tokens)] : []),
    ...authenticators,
    ...hostOf(options),
  ]
}

/** The options stay the `this` of their method. */
function hostOf(options: AuthenticationOptions): RequestAuthenticator[] {
  if (options.authenticate === undefined) return []
  return [
    new HostLoginAuthenticator({ authenticate: (request) => options.authenticate?.(request) }, options.trustedOrigins),
  ]
}

function anonymousOf({ anonymous = false }: AuthenticationOptions): RequestAuthenticator[] {
  if (anonymous === false) return []
  return [new AnonymousAuthenticator(typeof anonymous === 'object' ? anonymous : {})]
}

/** Local ones first, then those that ask others. */
function tokensOf(
  options: AuthenticationOptions,
  file: TokenFile | undefined,
  audiences: readonly string[],
  metrics: AuthenticationMetrics | undefined,
): TokenAuthenticator | undefined {
  const { tokens = [], serviceAccounts, webhook, tokenAuthenticators = [] } = options
  const agnostic = (each: TokenAuthenticator) => audienceAgnostic(each, audiences)
  const all = [
    ...(file ? [agnostic(file)] : tokens.length > 0 ? [agnostic(new StaticTokens(tokens))] : []),
    ...(serviceAccounts ? [forAudiences(serviceAccounts, audiences)] : []),
    ...issuersOf(options).map(agnostic),
    ...(webhook ? [tokenReviewWebhook(webhook, audiences, metrics)] : []),
    ...tokenAuthenticators,
  ]
  return all.length > 0 ? new AuthenticatedTokenGroupAdder(unionToken(all)) : undefined
}

function tokenFileOf(
  { tokens = [], tokenFile, tokenFileReloadIntervalMs }: AuthenticationOptions,
  onReload: NonNullable<TokenFileOptions['onReload']>,
): TokenFile | undefined {
  if (tokenFile === undefined) return undefined
  return new TokenFile(tokenFile, { tokens, reloadIntervalMs: tokenFileReloadIntervalMs, onReload })
}

function issuersOf({ oidc = [], serviceAccounts }: AuthenticationOptions): TokenAuthenticator[] {
  const twice = repeated([...oidc.map(({ url }) => url), ...(serviceAccounts ? serviceAccounts.issuers : [])])
  if (twice !== undefined) throw new TypeError(`issuer ${twice} is given twice`)
  const shared = repeated(oidc.flatMap(({ discoveryURL }) => (discoveryURL === undefined ? [] : [discoveryURL])))
  if (shared !== undefined) throw new TypeError(`discovery URL ${shared} is given to two issuers`)
  return oidc.map((issuer) => new OIDCAuthenticator(issuer))
}

const repeated = (texts: readonly string[]): string | undefined => texts.find((text, i) => texts.indexOf(text) !== i)

function forAudiences(tokens: TokenAuthenticator, own: readonly string[]): TokenAuthenticator {
  if (own.length === 0) return tokens
  return { authenticateToken: (token, wanted = own) => tokens.authenticateToken(token, wanted) }
}

const adding = (
  answer: MaybePromise<AuthenticationResponse | undefined>,
): MaybePromise<AuthenticationResponse | undefined> => {
  if (answer instanceof Promise) return answer.then((known) => known && withAuthenticatedGroup(known))
  return answer && withAuthenticatedGroup(answer)
}

class AuthenticatedGroupAdder implements RequestAuthenticator {
  constructor(readonly inner: RequestAuthenticator) {}

  authenticateRequest(...asked: Parameters<RequestAuthenticator['authenticateRequest']>) {
    return adding(this.inner.authenticateRequest(...asked))
  }
}

/** Below the cache, so that it is done once a token. */
class AuthenticatedTokenGroupAdder implements TokenAuthenticator {
  constructor(readonly inner: TokenAuthenticator) {}

  authenticateToken(token: string, audiences?: readonly string[]) {
    return adding(this.inner.authenticateToken(token, audiences))
  }
}
