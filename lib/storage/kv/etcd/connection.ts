import type { IStatusResponse } from 'etcd3'
import { backgroundContext, type Context } from '../../../meta/context.js'
import { ClosedError } from '../types.js'
import { deadlineOf, onAbort, pause, throwIfOver, untilOver } from './deadline.js'
import { type Driver, type HostClient, loadDriver, type ServiceName } from './driver.js'
import { isGrpcError, isRetryableRead, isStaleToken, readError, writeError } from './errors.js'
import { Hosts } from './hosts.js'
import type { EtcdSettings } from './options.js'
import { TokenSource } from './token.js'

/** How often a call is sent again with a new token after etcd refused the old one. */
const TOKEN_TRIES = 3
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 1_000

/** Where a call goes. @internal */
export interface Method {
  readonly service: ServiceName
  readonly method: string
}

/** Calls to a cluster: which host, which token, until when, and what a failure means. @internal */
export class Connection {
  private opening: Promise<void> | undefined
  private hosts: Hosts | undefined
  private driver: Driver | undefined
  private readonly tokens: TokenSource | undefined
  private readonly closing = new AbortController()

  constructor(readonly settings: EtcdSettings) {
    this.tokens = settings.auth && new TokenSource(settings.auth, settings.requestTimeoutMs)
  }

  /** Aborted by {@link Connection.close}. */
  get closed(): AbortSignal {
    return this.closing.signal
  }

  /** Loads the driver and makes clients; connects to nothing yet. */
  open(): Promise<void> {
    this.throwIfClosed()
    this.opening ??= this.load()
    return this.opening
  }

  close(): void {
    this.closing.abort()
    this.hosts?.close()
  }

  throwIfClosed(): void {
    if (this.closed.aborted) throw new ClosedError('etcd: the store is closed')
  }

  /** A call that changes nothing. It is tried again, at another host if there is one, until its time is up. */
  async read<Response>(to: Method, request: object, context: Context): Promise<Response> {
    const deadline = deadlineOf(context, this.settings.requestTimeoutMs)
    for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(2 * wait, LONGEST_PAUSE_MS)) {
      const client = this.readyNow(context) ?? (await this.ready(context, deadline))
      try {
        return await this.send<Response>(client, to, request, context, this.attemptDeadline(deadline), context.signal)
      } catch (error) {
        this.throwIfClosed()
        this.noteFailure(client, error)
        if (!isRetryableRead(error) || Date.now() + wait >= deadline) throw readError(error)
      }
      await pause(wait, context)
    }
  }

  /**
   * A call that may write. It is sent once; only when etcd refused its token, it is sent again with a new one. Nobody's
   * leaving takes it back: then its outcome would be unknown. Its deadline still ends the waiting.
   */
  async write<Response>(to: Method, request: object, context: Context): Promise<Response> {
    const deadline = deadlineOf(context, this.settings.requestTimeoutMs)
    const client = this.readyNow(context) ?? (await this.ready(context, deadline))
    try {
      return await this.send<Response>(client, to, request, context, deadline, undefined)
    } catch (error) {
      this.noteFailure(client, error)
      throw writeError(error)
    }
  }

  /** The host to try in one's n-th turn: one known to be connected, or else each in turn. */
  hostFor(turn: number): string {
    const { hosts } = this.settings
    return this.hosts?.readyNow()?.host ?? hosts[turn % hosts.length]!
  }

  /** Says that a stream to this host did not last. */
  suspect(host: string): void {
    this.hosts?.suspect(host)
  }

  /** A client of its own connection to one host, for a stream. The caller closes it. */
  async dial(host: string): Promise<HostClient> {
    await this.open()
    return this.driver!(host, { ownConnection: true })
  }

  /** The token to open a stream to a host with; `undefined` where no user is configured. */
  async token(host: string): Promise<string | undefined> {
    await this.open()
    return this.tokens?.get(this.hosts!.client(host))
  }

  /** The version of a host. It comes over the connection of the calls: a stream's own is for the stream alone. */
  async version(host: string): Promise<string> {
    const client = this.hosts!.client(host)
    const context = backgroundContext({ signal: this.closed })
    const deadline = Date.now() + this.settings.requestTimeoutMs
    const to: Method = { service: 'Maintenance', method: 'status' }
    return (await this.send<IStatusResponse>(client, to, {}, context, deadline, context.signal)).version
  }

  /** Forgets a token that a stream was refused with. Says whether there is a point in trying again. */
  async tokenRefused(token: string | undefined): Promise<boolean> {
    await this.tokens?.refused(token)
    return this.tokens !== undefined
  }

  private async load(): Promise<void> {
    this.driver = await loadDriver(this.settings)
    const hosts = await Hosts.connect(this.driver, this.settings.hosts)
    this.hosts = hosts
    if (this.closed.aborted) hosts.close()
  }

  private readyNow(context: Context): HostClient | undefined {
    this.throwIfClosed()
    throwIfOver(context)
    return this.hosts?.readyNow()
  }

  private async ready(context: Context, deadline: number): Promise<HostClient> {
    if (!this.hosts) throw new ClosedError('etcd: the store is not open')
    const ready = this.hosts.ready(context, Math.min(deadline, Date.now() + this.settings.dialTimeoutMs))
    let forget = () => {}
    const closed = new Promise<never>((_, reject) => {
      forget = onAbort(this.closed, () => reject(new ClosedError('etcd: the store was closed')))
    })
    return Promise.race([ready, closed]).finally(forget)
  }

  private async send<Response>(
    client: HostClient,
    to: Method,
    request: object,
    context: Context,
    deadline: number,
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    for (let tries = 1; ; tries++) {
      const token = this.tokens && (await untilOver(this.tokens.get(client), context))
      throwIfOver(context)
      try {
        return await client.unary<Response>(to.service, to.method, request, { deadline, token, signal })
      } catch (error) {
        if (!this.tokens || tries === TOKEN_TRIES || !isStaleToken(error)) throw error
        await this.tokens.refused(token)
      }
    }
  }

  /** With several hosts, one that keeps silent does not get all the time there is. */
  private attemptDeadline(deadline: number): number {
    if (this.settings.hosts.length === 1) return deadline
    const now = Date.now()
    return now + Math.max((deadline - now) / 2, Math.min(1_000, deadline - now))
  }

  private noteFailure(client: HostClient, error: unknown): void {
    if (isGrpcError(error) && isRetryableRead(error)) this.hosts?.suspect(client.host)
  }
}
