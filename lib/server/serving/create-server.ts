import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createSecureServer, type Http2SecureServer } from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import { clientCAsOf } from '../middleware.js'
import { readCertificates } from './certificates.js'
import type { ServerOptions } from './options.js'

/** What all three kinds of server can do. */
export type AnyServer = Server | Http2SecureServer

export const LIMITS = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 300_000,
  keepAliveTimeoutMs: 90_000,
  handshakeTimeoutMs: 10_000,
  maxRequestsPerSocket: 0,
  maxHeaderBytes: 32 * 1024,
  maxConcurrentStreams: 250,
}
const MAX_LOOK_MS = 5_000

/**
 * Makes a server for plain http, https, or https with HTTP/2, and sets its limits.
 *
 * @throws Error for certificates that cannot be used; TypeError for `http2` without `tls`
 */
export function createServer(options: ServerOptions, listener: RequestListener): AnyServer {
  const limits = { ...LIMITS, ...withoutUndefined(options) }
  const lookMs = Math.max(50, Math.min(MAX_LOOK_MS, limits.headersTimeoutMs / 2 || MAX_LOOK_MS))
  const http1 = {
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: lookMs,
    maxRequestsPerSocket: limits.maxRequestsPerSocket,
  }
  const { tls, http2 = options.listener === undefined && options.app === undefined } = options
  if (!tls && options.http2) throw new TypeError('runServer: http2 needs tls, which is not given')
  if (!tls) return bounded(createHttpServer(http1, listener), limits)
  const clientCAs = options.api && clientCAsOf(options.api)
  const secure = {
    ...readCertificates(tls, clientCAs),
    requestCert: tls.clientCAFile !== undefined || clientCAs !== undefined,
    // Whoever has none, or one that is no good, is for authentication to judge.
    rejectUnauthorized: false,
    handshakeTimeout: limits.handshakeTimeoutMs,
  }
  if (!http2) return bounded(createHttpsServer({ ...http1, ...secure }, listener), limits)
  const settings = { maxConcurrentStreams: limits.maxConcurrentStreams, maxHeaderListSize: limits.maxHeaderBytes }
  const server = createSecureServer({ ...secure, settings, allowHTTP1: true, ...http1 })
  server.on('request', listener as unknown as (...args: unknown[]) => void)
  server.on('session', (session) => {
    // Reported by its streams and its socket as well.
    session.on('error', () => session.destroy())
  })
  return bounded(server, limits)
}

/**
 * HTTP/2's server takes these of HTTP/1.1 as properties alone. Fields of a head are bounded by its bytes: beyond a number of
 * them Node would drop the rest without a word.
 */
function bounded<S extends AnyServer>(server: S, limits: typeof LIMITS): S {
  return Object.assign(server, {
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    maxRequestsPerSocket: limits.maxRequestsPerSocket,
    maxHeadersCount: 0,
  })
}

function withoutUndefined<O extends object>(options: O): O {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as O
}
