import type { IncomingMessage } from 'node:http'
import type { Context } from '../meta/context.js'
import type { AuthenticationResponse, RequestAuthenticator } from './authenticator.js'
import { ANONYMOUS_USER } from './user.js'

/** Where one may go without credentials. */
export interface AnonymousOptions {
  /**
   * The only paths, below the mount point, e.g. `['/livez', '/readyz']`; compared as they are (KEP-4633).
   * Absent = all.
   */
  readonly paths?: readonly string[]
}

const NOBODY: AuthenticationResponse = { user: ANONYMOUS_USER }

/** Takes everybody for `system:anonymous` of the group `system:unauthenticated`; the last of all to be asked. */
export class AnonymousAuthenticator implements RequestAuthenticator {
  readonly #paths: ReadonlySet<string> | undefined

  constructor({ paths }: AnonymousOptions = {}) {
    this.#paths = paths && new Set(paths)
  }

  authenticateRequest(_: IncomingMessage, ctx: Context): AuthenticationResponse | undefined {
    if (this.#paths !== undefined && !this.#paths.has(ctx.requestInfo?.path ?? '')) return undefined
    return NOBODY
  }
}
