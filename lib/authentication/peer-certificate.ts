import type { X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'

/** The certificate that the other side of a connection has shown. */
export interface PeerCertificate {
  readonly certificate: X509Certificate
  /** Whether TLS has verified it, for a server that asks for certificates without insisting on them. */
  readonly authorized: boolean
  /** Why TLS has not. */
  readonly reason: string
}

const seen = new WeakMap<object, PeerCertificate | null>()

/** What all requests of a connection have in common: HTTP/2's have a socket-like object each, but one session. */
export function connectionOf(request: IncomingMessage): object {
  return (request as { stream?: { session?: object } }).stream?.session ?? request.socket
}

/** Read once a connection; undefined without TLS, or when no certificate was shown. */
export function peerCertificate(request: IncomingMessage): PeerCertificate | undefined {
  const socket = request.socket as TLSSocket
  if (socket.encrypted !== true) return undefined
  const connection = connectionOf(request)
  let peer = seen.get(connection)
  if (peer === undefined) {
    peer = readPeer(socket)
    seen.set(connection, peer)
  }
  return peer ?? undefined
}

/** Whether the server's TLS has asked for a certificate: it has something to say against none then. undefined = no TLS. */
export function certificateAsked(request: IncomingMessage): boolean | undefined {
  const { encrypted, authorized, authorizationError } = request.socket as TLSSocket
  return encrypted === true ? authorized || Boolean(authorizationError) : undefined
}

/** A resumed session counts as authorized even when it has no certificate, so that alone it says nothing. */
function readPeer(socket: TLSSocket): PeerCertificate | null {
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) return null
  return { certificate, authorized: socket.authorized === true, reason: String(socket.authorizationError ?? '') }
}

/** The attributes of a certificate's subject with this short name, in order. */
export function subjectAttributes(certificate: X509Certificate, name: 'CN' | 'O'): string[] {
  const { subject } = certificate.toLegacyObject() as { subject?: Record<string, string | string[] | undefined> }
  const value = subject?.[name]
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}

/** The common name; of several the last, as Go reads it. '' = none. */
export function commonName(certificate: X509Certificate): string {
  return subjectAttributes(certificate, 'CN').at(-1) ?? ''
}
