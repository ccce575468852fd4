import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { AuthenticationResponse, MaybePromise, RequestAuthenticator, TokenAuthenticator } from './authenticator.js'
import { knownToken } from './bearer-token.js'
import { removeHeaders, replaceHeader } from './request-headers.js'

const HEADER = 'sec-websocket-protocol'
const PREFIX = 'base64url.bearer.authorization.k8s.io.'
const BASE64URL = /^[A-Za-z0-9_-]*$/

/**
 * Reads the token that a browser sends as a websocket subprotocol, for it can set no headers there:
 * `Sec-WebSocket-Protocol: v1, base64url.bearer.authorization.k8s.io.<token in base64url>` (Kubernetes' `websocket`).
 * Another protocol must be offered too, for the token is not the one to agree on.
 */
export class WebSocketProtocolAuthenticator implements RequestAuthenticator {
  constructor(readonly tokens: TokenAuthenticator) {}

  authenticateRequest(request: IncomingMessage): MaybePromise<AuthenticationResponse | undefined> {
    const header = request.headers[HEADER]
    if (header === undefined || request.headers.upgrade?.toLowerCase() !== 'websocket') return undefined
    const token = protocolToken(header)
    return token === '' ? undefined : knownToken(this.tokens, token)
  }
}

/** The token among the protocols; '' when there is none. */
function protocolToken(header: string): string {
  const protocols = protocolsOf(header)
  const tokens = protocols.filter(isToken)
  if (tokens.length === 0) return ''
  if (tokens.length > 1) throw new Error('multiple base64.bearer.authorization tokens specified')
  const encoded = tokens[0]!.slice(PREFIX.length)
  const decoded = Buffer.from(encoded, 'base64url')
  if (!BASE64URL.test(encoded) || !isUtf8(decoded))
    throw new Error('invalid base64.bearer.authorization token encoding')
  if (protocols.length === 1) throw new Error('missing additional subprotocol')
  return decoded.toString()
}

/** Leaves only the protocols that are no tokens: nobody behind us needs the token, or may send it back. */
export function removeProtocolToken(request: IncomingMessage): void {
  const header = request.headers[HEADER]
  if (header === undefined || !header.includes(PREFIX)) return
  const others = protocolsOf(header).filter((protocol) => !isToken(protocol))
  if (others.length === 0) removeHeaders(request, (name) => name === HEADER)
  else replaceHeader(request, HEADER, others.join(','))
}

const protocolsOf = (header: string): string[] => header.split(',').map((protocol) => protocol.trim())
const isToken = (protocol: string): boolean => protocol.startsWith(PREFIX)
