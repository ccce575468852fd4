import { isUtf8 } from 'node:buffer'

/** Kubernetes' way for browsers to send a bearer token: as a subprotocol beside another one that is agreed on. */
const BEARER = 'base64url.bearer.authorization.k8s.io.'
const BASE64URL = /^[A-Za-z0-9_-]+$/

/** What is made of the subprotocols that a client offers. */
export interface ChosenSubprotocol {
  /** The first that is no token; frames are the same whatever its name. */
  readonly protocol?: string
  readonly token?: string
  /** Why the offer cannot be taken, in Kubernetes' words. */
  readonly refusal?: string
}

/** Reads `Sec-WebSocket-Protocol`. The token is never sent back. */
export function chooseSubprotocol(header: string | undefined): ChosenSubprotocol {
  if (header === undefined) return {}
  const offered = header.split(',').map((name) => name.trim())
  const tokens = offered.filter((name) => name.startsWith(BEARER))
  const protocol = offered.find((name) => !name.startsWith(BEARER))
  if (tokens.length === 0) return protocol === undefined ? {} : { protocol }
  if (tokens.length > 1) return { refusal: 'multiple base64.bearer.authorization tokens specified' }
  const encoded = tokens[0]!.slice(BEARER.length)
  if (!BASE64URL.test(encoded)) return { refusal: 'invalid base64.bearer.authorization token encoding' }
  const token = Buffer.from(encoded, 'base64url')
  if (!isUtf8(token)) return { refusal: 'invalid base64.bearer.authorization token' }
  if (protocol === undefined) return { refusal: 'missing additional subprotocol' }
  return { protocol, token: token.toString() }
}
