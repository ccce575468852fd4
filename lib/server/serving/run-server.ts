import type { RequestListener } from 'node:http'
import type { Http2SecureServer, ServerHttp2Session } from 'node:http2'
import type { Server as HttpsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { consoleLogger, type Logger, withErrors } from '../logger.js'
import { clientCAsOf, isGuarded } from '../middleware.js'
import type { UpgradeListener, UpgradeOptions } from '../upgrade.js'
import { reloadCertificates } from './certificates.js'
import { Connections } from './connections.js'
import { type AnyServer, createServer, LIMITS } from './create-server.js'
import { checkServerOptions } from './option-checks.js'
import type { ServerOptions, ShutdownOptions } from './options.js'
import { stopOnSignals } from './signals.js'
import { SlowBodies } from './slow-bodies.js'

const MAX_CONNECTIONS = 10_000
const MIN_BODY_BYTES_PER_SECOND = 240
const IDLE_LOOK_MS = 50
const UNASKED = 'the API takes client certificates, which nobody can show here: runServer needs tls to ask for them'
const SHUTDOWN = { delayMs: 0, patienceMs: 60_000, watchTerminationMs: 0 }

/** A server that listens. */
export interface RunningServer {
  /** `https://127.0.0.1:8443`. */
  readonly url: string
  readonly server: AnyServer
  /**
   * Ends it in the order of Kubernetes: `/readyz` fails, the delay passes, nothing new is accepted, watches end, what is under
   * way is answered, the audit log is written, the store is closed. Called again while that goes on, it cuts the rest short.
   */
  shutdown(): Promise<void>
}

/**
 * Serves the API, and an app behind it, until SIGTERM or SIGINT: with TLS and HTTP/2, certificates that are read anew,
 * limits that hold hostile clients, and an end that cuts nobody off.
 *
 * @throws Error when the store, the certificates or the port cannot be used
 * @throws TypeError for an option that there is not, where there is neither an `api` nor a `listener`, both an `app` and a `listener`, or an `app` that mounts
 * the API that is to stand in front of it
 * @example
 * ```ts
 * const { url } = await runServer({ api, app, port: 8443, tls: { certFile: 'tls.crt', keyFile: 'tls.key' } })
 * ```
 */
export async function runServer(options: ServerOptions): Promise<RunningServer> {
  const running = new Running(options)
  await running.start()
  return running
}

/** Node holds HTTP/1.1 to its bound by itself, and HTTP/2 to nghttp2's 64 KiB alone. */
function isTooLarge(rawHeaders: readonly string[], max: number): boolean {
  let bytes = 0
  for (const text of rawHeaders) bytes += text.length
  return bytes > max
}

/** Upgrades pass no app: where it is the app that keeps strangers out they are taken only when somebody says so. */
function websocketsOf({ api, listener, websockets }: ServerOptions): UpgradeOptions | undefined {
  const taken = websockets ?? (listener === undefined || (api !== undefined && isGuarded(api)))
  return taken === true ? {} : taken || undefined
}

class Running implements RunningServer {
  readonly server: AnyServer
  readonly #options: ServerOptions
  readonly #logger: Logger
  readonly #connections: Connections
  readonly #cut = new AbortController()
  #stopReloading: () => void = () => {}
  #stopListening: () => void = () => {}
  #shutdown: Promise<void> | undefined
  #draining = false
  #url = ''

  constructor(options: ServerOptions) {
    checkServerOptions(options)
    this.#options = options
    this.#logger = withErrors(options.logger ?? consoleLogger)
    this.#connections = new Connections(options.maxConnections ?? MAX_CONNECTIONS)
    this.server = createServer(options, this.#listener())
    this.#watchConnections()
    const websockets = websocketsOf(options)
    if (options.api && websockets) this.#watchUpgrades(options.api.upgradeListener(websockets))
  }

  /** Stays what it was when the server has ended. */
  get url(): string {
    return this.#url
  }

  #urlOfAddress(): string {
    const { tls, host } = this.#options
    const { address, family, port } = this.server.address() as AddressInfo
    const everywhere = address === '::' || address === '0.0.0.0'
    const shown = everywhere ? (host ?? 'localhost') : address
    return `${tls ? 'https' : 'http'}://${family === 'IPv6' && shown.includes(':') ? `[${shown}]` : shown}:${port}`
  }

  async start(): Promise<void> {
    const { api, tls, host, port = tls ? 8443 : 8080, signals = true } = this.#options
    const logger = this.#logger
    try {
      await api?.ready()
      await new Promise<void>((resolve, reject) => {
        this.server.once('error', (err) => reject(withAdvice(err, port)))
        this.server.listen({ port, ...(host !== undefined && { host }) }, resolve)
      })
    } catch (err) {
      await api?.close().catch(() => {})
      throw err
    }
    this.#url = this.#urlOfAddress()
    if (tls) this.#stopReloading = reloadCertificates(this.server as HttpsServer, tls, logger, api && clientCAsOf(api))
    else if (api && clientCAsOf(api)) logger.warn({ url: this.#url }, UNASKED)
    logger.info({ url: this.#url }, 'listening')
    if (signals) this.#stopListening = stopOnSignals(() => this.shutdown(), logger)
  }

  shutdown(): Promise<void> {
    if (this.#shutdown) this.#cut.abort()
    this.#shutdown ??= this.#end({ ...SHUTDOWN, ...this.#options.shutdown })
    return this.#shutdown
  }

  async #end({ delayMs, patienceMs, watchTerminationMs }: Required<ShutdownOptions>): Promise<void> {
    const { api } = this.#options
    const { signal } = this.#cut
    this.#stopReloading()
    api?.initiateShutdown()
    if (delayMs > 0) await sleep(delayMs, undefined, { signal }).catch(() => {})
    this.#draining = true
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()))
    // A connection that is kept alive becomes silent when its last answer is out, which may be after this moment.
    this.#connections.closeIdle()
    const idle = setInterval(() => this.#connections.closeIdle(), IDLE_LOOK_MS)
    const cut = () => this.#connections.destroyAll()
    const timer = setTimeout(cut, Math.max(patienceMs, watchTerminationMs))
    if (signal.aborted) cut()
    else signal.addEventListener('abort', cut)
    try {
      if (api) await api.close({ patienceMs, watchTerminationMs, onDrained: () => closed })
      else await closed
    } finally {
      clearInterval(idle)
      clearTimeout(timer)
      cut()
      this.#stopListening()
    }
    this.#logger.info({ url: this.#url }, 'stopped')
  }

  #listener(): RequestListener {
    const { api, app, minBodyBytesPerSecond = MIN_BODY_BYTES_PER_SECOND } = this.#options
    const listener = this.#options.listener ?? api?.handler(app)
    if (!listener) throw new TypeError('runServer needs an api, or a listener that answers')
    const { maxHeaderBytes = LIMITS.maxHeaderBytes } = this.#options
    const slow = new SlowBodies(minBodyBytesPerSecond)
    return (request, response) => {
      const http1 = request.httpVersionMajor < 2
      if (http1) this.#connections.request(request, response)
      else if (maxHeaderBytes > 0 && isTooLarge(request.rawHeaders, maxHeaderBytes)) {
        response.writeHead(431).end()
        return
      }
      slow.request(request, response)
      // HTTP/1.1 answers say that they are their connection's last; HTTP/2 says so by frames.
      if (this.#draining && http1) response.shouldKeepAlive = false
      listener(request, response)
    }
  }

  /** One listener: a second one would be taken for somebody else's, who answers for other paths. */
  #watchUpgrades(listener: UpgradeListener): void {
    const connections = this.#connections
    this.server.on('upgrade', function (this: unknown, request, socket, head) {
      connections.upgraded(socket)
      listener.call(this, request, socket, head)
    } satisfies UpgradeListener)
  }

  #watchConnections(): void {
    const { keepAliveTimeoutMs = LIMITS.keepAliveTimeoutMs } = this.#options
    const server = this.server as Http2SecureServer
    server.on('connection', (socket: Socket) => this.#connections.add(socket))
    server.on('secureConnection', (socket) => this.#connections.secured(socket))
    server.on('session', (session: ServerHttp2Session) => {
      this.#connections.carries(session)
      if (keepAliveTimeoutMs > 0) session.setTimeout(keepAliveTimeoutMs, () => this.#connections.closeIfIdle(session))
    })
  }
}

/** Tells what to do about the one mistake that everybody makes. */
function withAdvice(err: NodeJS.ErrnoException, port: number): Error {
  if (err.code !== 'EADDRINUSE') return err
  const message = `${err.message}: end who listens there, or give another port than ${port} (0 = any free one)`
  return Object.assign(new Error(message, { cause: err }), { code: err.code })
}
