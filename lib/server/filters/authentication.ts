import type { Http2ServerRequest } from 'node:http2'
import {
  ANONYMOUS_USER,
  type AuthenticationMetrics,
  type AuthenticationResponse,
  type AuthenticationResult,
  audiencesAreAcceptable,
  compressUsername,
  frontProxyHeaders,
  issuerOf,
  type RequestAuthenticator,
  type RequestHeaderOptions,
  removeHeaders,
  removeProtocolToken,
} from '../../authentication/index.js'
import { type RequestContext, writeStatus } from '../../endpoints/index.js'
import { unauthorized } from '../../meta/errors.js'
import type { Filter } from '../handler-chain.js'
import type { LogFields } from '../logger.js'

/** Answers a request that nobody knows. `err` says why, for logs alone; undefined = it had no credentials. */
export type FailedAuthentication = (ctx: RequestContext, err: unknown) => Promise<void> | void

/** What {@link withAuthentication} takes. */
export interface AuthenticationFilterOptions {
  /** `authenticatorOf(options)`, or one's own. */
  readonly authenticator: RequestAuthenticator
  /** What this server is to tokens. Default: nothing is compared. */
  readonly audiences?: readonly string[]
  /** Default {@link answerUnauthorized}; an audit of failed attempts stands around it. */
  readonly failed?: FailedAuthentication
  /** The front proxy's headers, when they are others than the standard ones: they go no further. */
  readonly requestHeader?: Pick<
    RequestHeaderOptions,
    'usernameHeaders' | 'uidHeaders' | 'groupHeaders' | 'extraHeaderPrefixes'
  >
  readonly metrics?: AuthenticationMetrics
  /**
   * Told why credentials were not taken, with `srcIP`, `path` and, for a token of one, its `issuer`: an issuer that is down
   * looks to clients like a bad token. Never shows a token.
   */
  readonly onError?: (err: unknown, about: LogFields) => void
}

/**
 * Finds out who makes the request; `ctx.user` says it to everything behind. What was shown to prove it (`Authorization`,
 * a token among the websocket protocols) and what only a front proxy may say (`X-Remote-*`) go no further.
 *
 * @example
 * ```ts
 * const authenticator = authenticatorOf({ tokens })
 * handlerChain([withRequestInfo, withAuthentication({ authenticator, audiences: authenticator.audiences })], serve)
 * ```
 */
export function withAuthentication(options: AuthenticationFilterOptions): Filter {
  const { authenticator, metrics, audiences = [], failed = answerUnauthorized, onError } = options
  const isFrontProxys = frontProxyHeaders(options.requestHeader)
  const isCredential = (name: string): boolean => name === 'authorization' || isFrontProxys(name)

  const known = (ctx: RequestContext, response: AuthenticationResponse): void => {
    const { request } = ctx
    removeHeaders(request, isCredential)
    removeProtocolToken(request)
    if (response.user.name === ANONYMOUS_USER.name) endHTTP2Session(ctx)
    ctx.user = response.user
  }
  /** Whether the request goes on. */
  const accepted = (ctx: RequestContext, response: AuthenticationResponse | undefined, start: number): boolean => {
    const good = response !== undefined && audiencesAreAcceptable(audiences, response.audiences)
    if (metrics) count(metrics, response === undefined ? 'failure' : good ? 'success' : 'error', start, response)
    if (good) known(ctx, response)
    return good
  }
  const refused = (ctx: RequestContext, err: unknown, start: number) => {
    if (metrics) count(metrics, 'error', start)
    onError?.(err, aboutFailure(ctx, err))
    return failed(ctx, err)
  }
  const answered = (
    ctx: RequestContext,
    response: AuthenticationResponse | undefined,
    start: number,
    next: () => Promise<void> | void,
  ) => {
    if (accepted(ctx, response, start)) return next()
    const err = response && new Error(`no audience of ${response.audiences?.join(', ')} is this server's`)
    if (err) onError?.(err, aboutFailure(ctx, err))
    return failed(ctx, err)
  }
  return (ctx, next) => {
    const start = metrics ? performance.now() : 0
    let answer: ReturnType<RequestAuthenticator['authenticateRequest']>
    try {
      answer = authenticator.authenticateRequest(ctx.request, ctx)
    } catch (err) {
      return refused(ctx, err, start)
    }
    if (!(answer instanceof Promise)) return answered(ctx, answer, start, next)
    return answer.then(
      (response) => answered(ctx, response, start, next),
      (err: unknown) => refused(ctx, err, start),
    )
  }
}

const MAX_SHOWN = 1024

/** The path without its query, in which a token may stand. */
function aboutFailure({ request, path }: RequestContext, err: unknown): LogFields {
  const issuer = issuerOf(err)
  return {
    srcIP: request.socket.remoteAddress,
    path: path.slice(0, MAX_SHOWN),
    ...(issuer !== undefined && { issuer }),
  }
}

/** 401 as Kubernetes answers it: nothing about why, and no `WWW-Authenticate`. */
export const answerUnauthorized: FailedAuthentication = (ctx) => {
  endHTTP2Session(ctx)
  return writeStatus(ctx, unauthorized('Unauthorized').status)
}

function count(
  metrics: AuthenticationMetrics,
  result: AuthenticationResult,
  start: number,
  response?: AuthenticationResponse,
): void {
  metrics.attempt(result, (performance.now() - start) / 1000)
  if (result === 'success' && response) metrics.userRequest(compressUsername(response.user.name))
}

/**
 * HTTP/2 lets one connection begin and abort any number of requests (CVE-2023-44487): those without credentials get
 * one, as from kube-apiserver. What is under way is finished.
 */
function endHTTP2Session({ request }: RequestContext): void {
  if (request.httpVersionMajor !== 2) return
  const { stream } = request as unknown as Http2ServerRequest
  if (stream.session !== undefined && !stream.session.closed) stream.session.close()
}
