import { createHash, type X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { AuthenticationResponse, RequestAuthenticator } from './authenticator.js'
import { CertificateAuthority, type CertificateSource } from './certificate-authority.js'
import type { HostUser } from './host-login.js'
import { certificateAsked, commonName, peerCertificate, subjectAttributes } from './peer-certificate.js'
import { CREDENTIAL_ID, withAuthenticatedGroup } from './user.js'
import { userInfoOf } from './user-info.js'
import { VerifiedCertificates } from './verified-certificates.js'

/**
 * Whose client certificates are taken, and for whom.
 *
 * @example
 * ```ts
 * clientCertificates: { caFile: '/etc/apiserver/client-ca.crt' } // read anew when it changes
 * ```
 */
export interface ClientCertificateOptions {
  /**
   * Path of a file with those who issue users' certificates, in PEM (kube-apiserver's `--client-ca-file`); read anew when it
   * changes. `runServer` has TLS ask for certificates of theirs. Another https server must know them too (`ca`,
   * `requestCert: true`, `rejectUnauthorized: false`), for TLS verifies that the client holds the key.
   */
  readonly caFile?: string
  /** How often `caFile` is looked at, in milliseconds. Default 10,000; 0 = it is read once. */
  readonly caFileReloadIntervalMs?: number
  /** The same from elsewhere, instead of `caFile`: the certificates, or a function that gives the newest ones. */
  readonly ca?: CertificateSource
  /** Who a certificate is of. Default: the common name is the user, each organization a group. undefined = nobody. */
  readonly user?: (certificate: X509Certificate) => HostUser | string | undefined
}

/** Those who issue users' certificates, at hand. */
export interface ClientCertificateAuthorities extends Pick<ClientCertificateOptions, 'user'> {
  readonly ca: CertificateSource
  /** Told once when a connection's TLS has not asked for a certificate: nobody can show one then. */
  readonly onUnasked?: (() => void) | undefined
}

/**
 * Knows users by X.509 client certificates.
 */
export class ClientCertificateAuthenticator implements RequestAuthenticator {
  readonly #onUnasked: (() => void) | undefined
  readonly #verified: VerifiedCertificates<AuthenticationResponse | undefined>
  #mayBeUnasked: boolean

  /** @throws TypeError when `ca` holds no certificate */
  constructor({ ca, user, onUnasked }: ClientCertificateAuthorities) {
    this.#verified = new VerifiedCertificates(
      new CertificateAuthority(ca, 'authentication.clientCertificates.ca'),
      user ? (certificate) => given(user(certificate)) : commonNameUser,
    )
    this.#onUnasked = onUnasked
    this.#mayBeUnasked = onUnasked !== undefined
  }

  authenticateRequest(request: IncomingMessage): AuthenticationResponse | undefined {
    const peer = peerCertificate(request)
    if (this.#mayBeUnasked) this.#lookWhetherAsked(request)
    if (peer === undefined) return undefined
    return this.#verified.check(request, peer)
  }

  /** The first connection with TLS tells: all of a server are alike. */
  #lookWhetherAsked(request: IncomingMessage): void {
    const asked = certificateAsked(request)
    this.#mayBeUnasked = asked === undefined
    if (asked === false) this.#onUnasked?.()
  }
}

function given(user: HostUser | string | undefined): AuthenticationResponse | undefined {
  return user === undefined ? undefined : withAuthenticatedGroup({ user: userInfoOf(user) })
}

function commonNameUser(certificate: X509Certificate): AuthenticationResponse | undefined {
  const name = commonName(certificate)
  if (name === '') return undefined
  const fingerprint = createHash('sha256').update(certificate.raw).digest('hex')
  const extra = { [CREDENTIAL_ID]: [`X509SHA256=${fingerprint}`] }
  return withAuthenticatedGroup({ user: { name, groups: subjectAttributes(certificate, 'O'), extra } })
}
