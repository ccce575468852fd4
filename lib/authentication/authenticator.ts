import type { IncomingMessage } from 'node:http'
import type { Context, UserInfo } from '../meta/context.js'

/** Who makes a request, as one of the ways of finding out has told. */
export interface AuthenticationResponse {
  readonly user: UserInfo
  /** What the credentials are good for; absent = whatever this server takes (Kubernetes' `Audiences`). */
  readonly audiences?: readonly string[]
  /** Milliseconds since the epoch after which the credentials are worth nothing; caches keep no answer longer. */
  readonly expiresAt?: number
}

/** At hand, or on its way: what is known already costs no turn of the event loop. */
export type MaybePromise<T> = T | Promise<T>

/**
 * One way of finding out who makes a request (Kubernetes' `authenticator.Request`). `undefined` = these are no
 * credentials of mine, ask the next; throwing (or rejecting) = these are mine, and they are bad.
 */
export interface RequestAuthenticator {
  authenticateRequest(request: IncomingMessage, ctx: Context): MaybePromise<AuthenticationResponse | undefined>
}

/**
 * The same for a bearer token (Kubernetes' `authenticator.Token`). `audiences` are those that the token must be good
 * for, at least one of them; absent = the server's own.
 */
export interface TokenAuthenticator {
  authenticateToken(token: string, audiences?: readonly string[]): MaybePromise<AuthenticationResponse | undefined>
}
