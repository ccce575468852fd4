import { requireKnownOptions } from '../../meta/known-options.js'
import { isMountedIn, MOUNTED_BEHIND_ITSELF } from '../mounted.js'
import type { ServerOptions } from './options.js'

/** The compiler demands every option here. */
const OPTIONS: Readonly<Record<keyof ServerOptions, true>> = {
  api: true,
  app: true,
  listener: true,
  port: true,
  host: true,
  tls: true,
  http2: true,
  websockets: true,
  shutdown: true,
  signals: true,
  logger: true,
  maxConnections: true,
  headersTimeoutMs: true,
  requestTimeoutMs: true,
  keepAliveTimeoutMs: true,
  handshakeTimeoutMs: true,
  maxRequestsPerSocket: true,
  maxHeaderBytes: true,
  maxConcurrentStreams: true,
  minBodyBytesPerSecond: true,
}

/**
 * Options that there are not, and an app that is named in a way that serves nobody, or that skips its own middleware.
 *
 * @throws TypeError naming the options
 */
export function checkServerOptions(options: ServerOptions): void {
  requireKnownOptions('runServer', options, OPTIONS)
  const { api, app, listener } = options
  if (app && listener)
    throw new TypeError(
      'runServer takes an `app` behind the API or a `listener` that answers for everything, not both: the app would never be asked',
    )
  if (api && app && isMountedIn(app, api)) throw new TypeError(`runServer: ${MOUNTED_BEHIND_ITSELF}`)
}
