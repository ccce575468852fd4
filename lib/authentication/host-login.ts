import type { IncomingMessage } from 'node:http'
import type { UserInfo } from '../meta/context.js'
import type { AuthenticationResponse, MaybePromise, RequestAuthenticator } from './authenticator.js'
import { isCrossOrigin } from './cross-origin.js'
import { userInfoOf } from './user-info.js'

/** A user as a host app tells of one: only the name is needed. */
export type HostUser = Pick<UserInfo, 'name'> & Partial<UserInfo>

declare global {
  namespace Express {
    interface Request {}
  }
}

/** What is there of a property when nobody has declared it. */
type Undeclared<Name extends string, Property> = Name extends keyof Express.Request ? unknown : Property

/**
 * What a host app's middleware has made of a request before it came here: whatever `Express.Request` is declared to hold, by
 * types of Passport, of express-session, or by the app itself; else a `user` of a name, and a `session` of anything.
 *
 * @example
 * ```ts
 * declare global {
 *   namespace Express {
 *     interface Request { user?: { id: number; email: string; roles: string[] } }
 *   }
 * }
 * apiserver({ resources, storage, authenticate: ({ user }) => user && { name: user.email, groups: user.roles } })
 * ```
 */
export type HostRequest = IncomingMessage &
  Express.Request &
  Undeclared<'user', { readonly user?: HostUser }> &
  Undeclared<'session', { readonly session?: unknown }>

/** Who is logged in to the host app: a user, just a name, or nobody. */
export type HostLogin = MaybePromise<HostUser | string | undefined | null | false>

/** The host app's own way of finding out. */
export interface HostAuthenticator {
  /**
   * Who is logged in to the host app: a name, or `{ name, groups?, uid?, extra? }`; nobody is `undefined`, `null`, `false`
   * or `''`. Throwing = somebody tried, and failed: 401. A function of Express's own `Request` can be given as it is.
   *
   * @example
   * ```ts
   * authenticate: (req) => req.user                                   // { name, groups }, as a session of yours has set it
   * authenticate: ({ user }) => user && { name: user.email, groups: user.roles } // Passport: an `Express.User` that you declare
   * authenticate: (req: express.Request) => sessions.userOf(req.cookies.sid)
   * ```
   */
  authenticate(request: HostRequest): HostLogin
}

/**
 * Asks the host app who is logged in. Changes that a browser sends for pages of other origins are refused, for cookies
 * come along by themselves; `trustedOrigins` may make them (`https://console.example.com`).
 */
export class HostLoginAuthenticator implements RequestAuthenticator {
  readonly #trusted: ReadonlySet<string>

  constructor(
    readonly host: HostAuthenticator,
    trustedOrigins: readonly string[] = [],
  ) {
    this.#trusted = new Set(trustedOrigins)
  }

  authenticateRequest(request: IncomingMessage): MaybePromise<AuthenticationResponse | undefined> {
    const login = this.host.authenticate(request)
    if (isThenable(login)) return Promise.resolve(login).then((known) => this.#responseOf(request, known))
    return this.#responseOf(request, login)
  }

  #responseOf(request: IncomingMessage, login: Awaited<HostLogin>): AuthenticationResponse | undefined {
    if (login === undefined || login === null || login === false || login === '') return undefined
    if (isCrossOrigin(request, this.#trusted))
      throw new Error('a page of another origin may not use the login of this one')
    return { user: userInfoOf(login) }
  }
}

/** Promises of another kind than the language's own are promises too. */
const isThenable = (value: unknown): value is PromiseLike<Awaited<HostLogin>> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
