import { type OptionType, requireKnownOptions } from '../../meta/known-options.js'
import { isMountedIn, MOUNTED_BEHIND_ITSELF } from '../mounted.js'
import type { ServerOptions } from './options.js'

/** The compiler demands every option here. */
const OPTIONS: Readonly<Record<keyof ServerOptions, OptionType>> = {
  api: 'function',
  app: 'function',
  listener: 'function',
  port: 'number',
  host: 'text',
  tls: 'object',
  http2: 'boolean',
  websockets: 'boolean or object',
  shutdown: 'object',
  signals: 'boolean',
  logger: 'function or object',
  maxConnections: 'number',
  headersTimeoutMs: 'number',
  requestTimeoutMs: 'number',
  keepAliveTimeoutMs: 'number',
  handshakeTimeoutMs: 'number',
  maxRequestsPerSocket: 'number',
  maxHeaderBytes: 'number',
  maxConcurrentStreams: 'number',
  minBodyBytesPerSecond: 'number',
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
