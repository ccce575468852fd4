import { X509Certificate } from 'node:crypto'
import { messageOf } from '../meta/errors.js'
import type { PeerCertificate } from './peer-certificate.js'

/** Certificates in PEM, one or many in each text. */
export type CertificateBundle = string | Buffer | readonly (string | Buffer)[]

/** A bundle, or where to find the newest one: asked at each new connection, so that it can be replaced while serving. */
export type CertificateSource = CertificateBundle | (() => CertificateBundle)

/** Milliseconds since the epoch between which something is valid. */
export interface Validity {
  readonly from: number
  readonly to: number
}

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g
/** Longest way from a certificate to its root. */
const MAX_CHAIN = 8

/**
 * Those who may issue certificates for one purpose. TLS knows one list of roots for all that a server asks, while the
 * roots of users and those of front proxies must never be taken for one another: so each purpose looks again.
 */
export class CertificateAuthority {
  readonly #source: () => CertificateBundle
  #bundle: CertificateBundle | undefined
  #roots: readonly X509Certificate[] = []

  /**
   * @param option what gives the bundle, for messages: `authentication.clientCertificates.ca`
   * @throws TypeError when the bundle holds no certificate
   */
  constructor(
    source: CertificateSource,
    private readonly option = 'a certificate authority',
  ) {
    this.#source = typeof source === 'function' ? source : () => source
    this.#newest()
  }

  /**
   * When the certificate is good: TLS has verified it, and a way leads from it to one of these roots.
   *
   * @throws Error when it is not
   */
  verify({ certificate, authorized, reason }: PeerCertificate): Validity {
    if (!authorized) throw unverified(certificate, reason || 'not verified')
    const validity = this.#pathTo(certificate, this.#newest())
    if (validity === undefined) throw unverified(certificate, 'certificate signed by unknown authority')
    return validity
  }

  #pathTo(leaf: X509Certificate, roots: readonly X509Certificate[]): Validity | undefined {
    let certificate = leaf
    let validity = validityOf(leaf)
    for (let depth = 0; depth < MAX_CHAIN; depth++) {
      const root = roots.find((candidate) => isIssuedBy(certificate, candidate))
      if (root !== undefined) return both(validity, validityOf(root))
      const issuer = certificate.issuerCertificate
      if (issuer === undefined || !isIssuedBy(certificate, issuer)) return undefined
      validity = both(validity, validityOf(issuer))
      certificate = issuer
    }
    return undefined
  }

  #newest(): readonly X509Certificate[] {
    const bundle = this.#source()
    if (bundle !== this.#bundle) {
      this.#roots = certificatesOf(bundle, this.option)
      this.#bundle = bundle
    }
    return this.#roots
  }
}

/** @throws Error outside the time: connections outlive certificates */
export function checkValidity(certificate: X509Certificate, { from, to }: Validity): void {
  const now = Date.now()
  if (now < from || now > to) throw unverified(certificate, 'certificate has expired or is not yet valid')
}

function unverified(certificate: X509Certificate, reason: string): Error {
  return new Error(`verifying certificate SN=${certificate.serialNumber} failed: ${reason}`)
}

/** By its signature, not only by the name it gives. */
function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
}

const validityOf = ({ validFrom, validTo }: X509Certificate): Validity => ({
  from: Date.parse(validFrom),
  to: Date.parse(validTo),
})

const both = (one: Validity, other: Validity): Validity => ({
  from: Math.max(one.from, other.from),
  to: Math.min(one.to, other.to),
})

/** Texts of PEM, however a bundle is given. */
export const pemsOf = (bundle: CertificateBundle): readonly (string | Buffer)[] =>
  typeof bundle === 'string' || Buffer.isBuffer(bundle) ? [bundle] : (bundle as readonly (string | Buffer)[])

/**
 * @param option what gives the bundle, for messages
 * @throws TypeError when it holds no certificate, or one that cannot be read
 */
export function certificatesOf(bundle: CertificateBundle, option: string): X509Certificate[] {
  const pems = isBundle(bundle) ? pemsOf(bundle).flatMap((text) => text.toString().match(PEM) ?? []) : []
  if (pems.length === 0) throw new TypeError(`${option} holds no certificate in PEM (-----BEGIN CERTIFICATE-----)`)
  return pems.map((pem, i) => {
    try {
      return new X509Certificate(pem)
    } catch (err) {
      throw new TypeError(`${option}: certificate ${i + 1} cannot be read: ${messageOf(err)}`, { cause: err })
    }
  })
}

/** The options of a program without types may be anything. */
const isBundle = (bundle: unknown): boolean =>
  typeof bundle === 'string' || Buffer.isBuffer(bundle) || (Array.isArray(bundle) && bundle.every(isBundle))
