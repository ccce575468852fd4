import type { RequestListener } from 'node:http'
import type { Logger } from '../logger.js'
import type { AnyRequestListener, ApiServer } from '../middleware.js'
import type { UpgradeOptions } from '../upgrade.js'

/** Certificates, read from files and read anew when those change. */
export interface TLSOptions {
  /** PEM: the server's certificate, and those between it and its authority. */
  readonly certFile: string
  /** PEM. */
  readonly keyFile: string
  /**
   * PEM: authorities of client certificates besides those of the API's own `authentication.clientCertificates`, which are
   * known by themselves; for a `listener` that looks at certificates. Where there are any, clients are asked for a
   * certificate, and served without one all the same.
   */
  readonly clientCAFile?: string
  /** Default `TLSv1.2`. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3'
  /** How often the files are looked at, in milliseconds. Default 10,000. */
  readonly reloadIntervalMs?: number
}

/** What one client, or all of them together, may take of the server. 0 = no bound. */
export interface ConnectionLimits {
  /**
   * Connections at once. Beyond it the one that has been silent longest makes room, first one that never asked anything;
   * where none is silent the new one is refused. Default 10,000.
   */
  readonly maxConnections?: number
  /** Milliseconds until the head of a request must have come, from the opening of a connection on too. Default 10,000. */
  readonly headersTimeoutMs?: number
  /** Milliseconds until all of a request must have come. Default 300,000. */
  readonly requestTimeoutMs?: number
  /** Milliseconds that a connection may be silent between requests. Default 90,000, as in a kube-apiserver. */
  readonly keepAliveTimeoutMs?: number
  /** Milliseconds until TLS is agreed on. Default 10,000. */
  readonly handshakeTimeoutMs?: number
  /** Requests on one HTTP/1.1 connection. Default 0. */
  readonly maxRequestsPerSocket?: number
  /** Bytes of a request's head; over HTTP/2 after decompression. More is answered 431. Default 32 KiB. */
  readonly maxHeaderBytes?: number
  /** HTTP/2 streams at once on one connection. Default 250. */
  readonly maxConcurrentStreams?: number
  /** Bytes a second below which a body is cut off with 408, after 10 s. Default 240. */
  readonly minBodyBytesPerSecond?: number
}

/** How the server ends. */
export interface ShutdownOptions {
  /** Milliseconds of serving on while `/readyz` fails already, so that load balancers look elsewhere. Default 0. */
  readonly delayMs?: number
  /** Milliseconds that requests under way may take after that. Default 60,000. */
  readonly patienceMs?: number
  /** Watches end at random moments within so many milliseconds: their clients come back elsewhere. Default 0: at once. */
  readonly watchTerminationMs?: number
}

/** What {@link runServer} takes. */
export interface ServerOptions extends ConnectionLimits {
  /** Absent: `listener` answers for everything. */
  readonly api?: ApiServer
  /**
   * The rest of the app, Express or other. The API stands in front of it: its paths skip all middleware of the app, a login
   * among it. Default: what is not the API's is answered 404.
   */
  readonly app?: RequestListener
  /** What answers instead of the API in front of `app`: an Express app that mounts the API itself, or has none. */
  readonly listener?: RequestListener | AnyRequestListener
  /** Default 8080, with TLS 8443; 0 = any free one. */
  readonly port?: number
  /** Address to listen on. Default: all. */
  readonly host?: string
  readonly tls?: TLSOptions
  /**
   * HTTP/2 besides HTTP/1.1; only with `tls`, and only for the API's own paths: browsers and curl, which choose it wherever it
   * is offered, are answered 421 for all others and do not come back by HTTP/1.1. Default true with `tls` where the API is
   * all there is, false with an `app` or a `listener`.
   */
  readonly http2?: boolean
  /**
   * Watches by websocket, which pages may open them, and where a `listener` mounts the API; `false` = none. Upgrades never
   * pass the app, so that `authenticate` must read cookies for itself. Default true, but false with a `listener` around an
   * API that refuses nobody by itself: the middleware before it, which may, would not be asked.
   *
   * @example
   * ```ts
   * app.use('/k8s', api)
   * await runServer({ api, listener: app, websockets: { mountPath: '/k8s', origins: ['https://console.example.com'] } })
   * ```
   */
  readonly websockets?: UpgradeOptions | boolean
  readonly shutdown?: ShutdownOptions
  /** End on SIGTERM and SIGINT, and the process with it. Default true. */
  readonly signals?: boolean
  /** Default: warnings and errors on the console. */
  readonly logger?: Logger
}
