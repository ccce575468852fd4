import type { EventEmitter } from 'node:events'
import { type IncomingMessage, type Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { isWebSocketRequest, offerUpgrade } from '../endpoints/handlers/watch-upgrade.js'
import { newRequestInfo, RequestContext, RequestInfoError, writeStatus } from '../endpoints/index.js'
import { parseQuery } from '../endpoints/request/query.js'
import { badRequest, forbidden } from '../meta/errors.js'
import { requireKnownOptions } from '../meta/known-options.js'
import type { Status } from '../meta/status.js'
import { requestPath } from '../restful/index.js'
import type { GenericAPIServer } from './api-server.js'
import { originAllowed } from './upgrade-origin.js'
import { chooseSubprotocol } from './upgrade-subprotocol.js'

/** What a server's `upgrade` event calls. */
export type UpgradeListener = (this: unknown, req: IncomingMessage, socket: Duplex, head: Buffer) => void

export interface UpgradeOptions {
  /**
   * Origins of web pages that may watch besides those of this very host and port, e.g. `['https://console.example.com']`;
   * `['*']` = all. Browsers let any page open a websocket to any server and bind only `fetch` by CORS, so a page from
   * elsewhere is refused unless it is named here. Clients that send no Origin are no browsers and not bound by this.
   */
  readonly origins?: readonly string[]
  /** Where the app mounts the API: `'/some/prefix'` for `app.use('/some/prefix', api)`. Upgrades never pass the app. */
  readonly mountPath?: string
}

/**
 * Answers upgrade requests: a watch becomes a websocket, everything else of this API's a precise error. Paths of others
 * are left to the server's other upgrade listeners; when there are none, they are answered with 404, for Node then
 * leaves such a connection to nobody.
 */
export function upgradeListener(server: GenericAPIServer, options: UpgradeOptions = {}): UpgradeListener {
  requireKnownOptions('upgradeListener', options, { origins: 'list', mountPath: 'text' })
  return function (req, socket, head) {
    // Node takes its own listener away before it hands a connection over; without one a reset would end the process.
    socket.on('error', () => socket.destroy())
    const emitter = serverOf(this, socket)
    const path = ownPath(req, options.mountPath ?? '')
    const ours = path !== undefined && server.claims(path)
    const request = ours ? infoOf(req, path) : undefined
    const others = (emitter?.listenerCount('upgrade') ?? 0) > 1
    if (others && !request?.isResourceRequest) return
    if (!isWebSocketRequest(req)) return serveWithoutUpgrade(server, emitter, req, socket, ours ? path : undefined)
    if (!ours) return refuse(req, socket, 404, '404 page not found\n')
    const response = responseOn(socket, req)
    // What cannot be read is answered as it is without an upgrade.
    if (request === undefined) return server.serve(req, response, path)
    const answer = refusalOf(req, request.verb, options.origins ?? [])
    if (answer) void writeStatus(new RequestContext(req, withHandshake(response), path), answer)
    else if (offer(req, socket, head, response, path)) server.serve(req, response, path)
  }
}

/** The server that the listener was added to; a caller that wraps the listener loses it, but the socket knows. */
function serverOf(self: unknown, socket: Duplex): EventEmitter | undefined {
  const known = (self as EventEmitter | undefined)?.listenerCount
    ? self
    : (socket as Socket & { server?: Server }).server
  return known as EventEmitter | undefined
}

/** The path below the mount point, which the request is told as Express tells it; undefined when it is not below. */
function ownPath(req: IncomingMessage & { baseUrl?: string }, mountPath: string): string | undefined {
  const url = req.url ?? ''
  if (mountPath === '') return requestPath(url)
  const rest = url.startsWith(mountPath) ? url.slice(mountPath.length) : undefined
  if (rest === undefined || (rest !== '' && rest[0] !== '/' && rest[0] !== '?')) return undefined
  req.baseUrl = mountPath
  req.url = rest.startsWith('/') ? rest : `/${rest}`
  return requestPath(req.url)
}

function infoOf(req: IncomingMessage, path: string): ReturnType<typeof newRequestInfo> | undefined {
  try {
    return newRequestInfo(req.method ?? '', path, () => parseQuery(req.url ?? ''))
  } catch (err) {
    if (err instanceof RequestInfoError) return undefined
    throw err
  }
}

const MAX_ORIGIN_SHOWN = 256
const KEY = /^[+/0-9A-Za-z]{22}==$/

/** Why a websocket is refused before anything is looked up. */
function refusalOf(req: IncomingMessage, verb: string, origins: readonly string[]): Status | undefined {
  const { headers } = req
  if (verb !== 'watch') return badRequest('only a watch can be upgraded to a websocket').status
  if (headers['sec-websocket-version'] !== '13')
    return badRequest('the websocket version must be 13 (Sec-WebSocket-Version)').status
  if (!KEY.test(headers['sec-websocket-key'] ?? ''))
    return badRequest('Sec-WebSocket-Key must be 16 bytes in base64').status
  if (!originAllowed(headers.origin, headers.host, origins)) {
    const origin = headers.origin?.slice(0, MAX_ORIGIN_SHOWN)
    return forbidden({ group: '', resource: '' }, '', `web pages of ${origin} may not open websockets here`).status
  }
  return undefined
}

/** RFC 6455 4.4: whoever is refused for its version is told the right one. */
function withHandshake(response: ServerResponse): ServerResponse {
  return response.setHeader('Sec-WebSocket-Version', '13')
}

function offer(req: IncomingMessage, socket: Duplex, head: Buffer, response: ServerResponse, path: string): boolean {
  const chosen = chooseSubprotocol(req.headers['sec-websocket-protocol'])
  if (chosen.refusal !== undefined) {
    void writeStatus(new RequestContext(req, response, path), badRequest(chosen.refusal).status)
    return false
  }
  // Browsers cannot set headers on a websocket: whoever authenticates finds the token where it always is.
  if (chosen.token !== undefined) req.headers.authorization ??= `Bearer ${chosen.token}`
  offerUpgrade(req, { socket, head, protocol: chosen.protocol })
  return true
}

/** A protocol that nobody here speaks may be ignored (RFC 9110 7.8): the request is answered as if it had not asked. */
function serveWithoutUpgrade(
  server: GenericAPIServer,
  emitter: EventEmitter | undefined,
  req: IncomingMessage,
  socket: Duplex,
  path: string | undefined,
): void {
  // The parser has let go of the connection, so that a body would never arrive.
  const hasBody = req.method !== 'GET' && req.method !== 'HEAD'
  if (hasBody || (path === undefined && !emitter)) {
    refuse(req, socket, 400, 'this server does not upgrade connections to the protocol that was asked for\n')
    return
  }
  const response = responseOn(socket, req)
  if (path !== undefined) server.serve(req, response, path)
  else emitter?.emit('request', req, response)
}

/** An ordinary answer on a connection that Node handed over; it is the connection's last. */
function responseOn(socket: Duplex, req: IncomingMessage): ServerResponse {
  const response = new ServerResponse(req)
  response.shouldKeepAlive = false
  response.assignSocket(socket as Socket)
  response.once('finish', () => (socket as Socket).destroySoon())
  return response
}

function refuse(req: IncomingMessage, socket: Duplex, status: number, text: string): void {
  responseOn(socket, req)
    .writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' })
    .end(text)
}
