import { pemsOf } from './certificate-authority.js'
import { CertificateFile } from './certificate-file.js'
import type { ClientCertificateAuthorities } from './client-certificate.js'
import type { AuthenticationOptions } from './options.js'

/** Who issues certificates of users and of front proxies, all together: what TLS must know of them. */
export interface ClientCAs {
  /** In PEM, the newest ones. */
  bundles(): readonly (string | Buffer)[]
  /** Tells when a file of theirs was read anew; gives back what ends it. */
  onChange(listener: () => void): () => void
}

type OnReload = (file: string, err?: unknown) => void

/** @throws TypeError where it is not one of `caFile` and `ca`; Error for a file that cannot be used */
export function caFileOf(
  { clientCertificates }: AuthenticationOptions,
  onReload: OnReload | undefined,
): CertificateFile | undefined {
  const { ca, caFile, caFileReloadIntervalMs } = clientCertificates ?? {}
  if (clientCertificates && (ca === undefined) === (caFile === undefined))
    throw new TypeError(
      `authentication.clientCertificates needs either caFile or ca, ${ca === undefined ? 'neither is' : 'both are'} given`,
    )
  if (caFile === undefined) return undefined
  return new CertificateFile(caFile, {
    option: 'authentication.clientCertificates.caFile',
    reloadIntervalMs: caFileReloadIntervalMs,
    ...(onReload && { onReload }),
  })
}

/** The authorities of users' certificates, wherever they come from. */
export function authoritiesOf(
  { clientCertificates }: AuthenticationOptions,
  file: CertificateFile | undefined,
  onUnasked: (() => void) | undefined,
): ClientCertificateAuthorities | undefined {
  const ca = file ? () => file.bundle : clientCertificates?.ca
  if (clientCertificates === undefined || ca === undefined) return undefined
  const { user } = clientCertificates
  return { ca, onUnasked, ...(user && { user: (certificate) => clientCertificates.user?.(certificate) }) }
}

/** @returns undefined where certificates are asked about by nobody */
export function clientCAsOf(
  users: ClientCertificateAuthorities | undefined,
  { requestHeader }: AuthenticationOptions,
  file: CertificateFile | undefined,
): ClientCAs | undefined {
  const sources = [users?.ca, requestHeader?.ca].filter((source) => source !== undefined)
  if (sources.length === 0) return undefined
  return {
    bundles: () => sources.flatMap((source) => pemsOf(typeof source === 'function' ? source() : source)),
    onChange: (listener) => file?.onChange(listener) ?? (() => {}),
  }
}
