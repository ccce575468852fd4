import type { X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { type CertificateAuthority, checkValidity, type Validity } from './certificate-authority.js'
import { connectionOf, type PeerCertificate } from './peer-certificate.js'

interface Verified<T> {
  readonly meaning: T
  readonly validity: Validity
}

/** Clients' certificates of one authority. A connection's is verified once; whether it is still valid, at every request. */
export class VerifiedCertificates<T> {
  readonly #connections = new WeakMap<object, Verified<T> | Error>()

  /** @param meaningOf what a good certificate means; may throw, as one that is not taken */
  constructor(
    private readonly authority: CertificateAuthority,
    private readonly meaningOf: (certificate: X509Certificate) => T,
  ) {}

  /** @throws Error saying why the certificate is not taken */
  check(request: IncomingMessage, peer: PeerCertificate): T {
    const connection = connectionOf(request)
    let verified = this.#connections.get(connection)
    if (verified === undefined) {
      verified = this.#verify(peer)
      this.#connections.set(connection, verified)
    }
    if (verified instanceof Error) throw verified
    checkValidity(peer.certificate, verified.validity)
    return verified.meaning
  }

  #verify(peer: PeerCertificate): Verified<T> | Error {
    try {
      const validity = this.authority.verify(peer)
      return { meaning: this.meaningOf(peer.certificate), validity }
    } catch (err) {
      return err instanceof Error ? err : new Error(String(err))
    }
  }
}
