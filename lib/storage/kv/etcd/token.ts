import type { IAuthenticateResponse } from 'etcd3'
import { KVError, UnavailableError } from '../types.js'
import type { HostClient } from './driver.js'
import { isGrpcError, readError } from './errors.js'
import type { EtcdOptions } from './options.js'

/** The token by which etcd knows the user: asked for once, kept until a host refuses it. @internal */
export class TokenSource {
  private token: Promise<string> | undefined

  constructor(
    private readonly auth: NonNullable<EtcdOptions['auth']>,
    private readonly timeoutMs: number,
  ) {}

  /** The token, from `client` if there is none yet. */
  get(client: HostClient): Promise<string> {
    if (this.token === undefined) {
      const asked = this.authenticate(client)
      this.token = asked
      asked.catch(() => this.forget(asked))
    }
    return this.token
  }

  /** Forgets a token that was refused, unless a newer one has come meanwhile. */
  async refused(token: string | undefined): Promise<void> {
    const held = this.token
    if (held !== undefined && (await held.catch(() => undefined)) === token) this.forget(held)
  }

  private forget(token: Promise<string>): void {
    if (this.token === token) this.token = undefined
  }

  private async authenticate(client: HostClient): Promise<string> {
    const { username, password } = this.auth
    try {
      const request = { name: username, password }
      const options = { deadline: Date.now() + this.timeoutMs }
      const { token } = await client.unary<IAuthenticateResponse>('Auth', 'authenticate', request, options)
      return token
    } catch (error) {
      // As etcd's own client does: a password is no hindrance to a server that asks for none.
      if (isGrpcError(error) && error.details.includes('authentication is not enabled')) return ''
      const failure = readError(error)
      const text = `etcd: not authenticated as ${username}: ${failure.message}`
      throw failure instanceof UnavailableError
        ? new UnavailableError(text, { cause: error })
        : new KVError(text, { cause: error })
    }
  }
}
