import type { IncomingMessage } from 'node:http'
import type { UserInfo } from '../meta/context.js'

/** Who makes a request, as one of the ways of finding out has told. */
export interface AuthenticationResponse {
  readonly user: UserInfo
  /** What the credentials are good for; absent = whatever this server takes (Kubernetes' `Audiences`). */
  readonly audiences?: readonly string[]
}

/**
 * One way of finding out who makes a request (Kubernetes' `authenticator.Request`). `undefined` = these are no
 * credentials of mine, ask the next; throwing = these are mine, and they are bad.
 */
export interface RequestAuthenticator {
  authenticateRequest(request: IncomingMessage): Promise<AuthenticationResponse | undefined>
}

/** The same for a bearer token (Kubernetes' `authenticator.Token`). */
export interface TokenAuthenticator {
  authenticateToken(token: string, signal?: AbortSignal): Promise<AuthenticationResponse | undefined>
}
