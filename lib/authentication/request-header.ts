import type { X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { UserInfo } from '../meta/context.js'
import type { AuthenticationResponse, RequestAuthenticator } from './authenticator.js'
import { CertificateAuthority, type CertificateSource } from './certificate-authority.js'
import { commonName, peerCertificate } from './peer-certificate.js'
import { headerValues } from './request-headers.js'
import { emptyExtra } from './user-info.js'
import { VerifiedCertificates } from './verified-certificates.js'

/**
 * A proxy in front that has authenticated the user, and says so in headers.
 *
 * @example
 * ```ts
 * requestHeader: { ca: readFileSync('/etc/apiserver/front-proxy-ca.crt'), allowedNames: ['front-proxy'] }
 * ```
 */
export interface RequestHeaderOptions {
  /** Who issues the proxies' client certificates, in PEM (`--requestheader-client-ca-file`). `runServer` tells TLS; another
   * https server must know them too. */
  readonly ca: CertificateSource
  /** Common names of the proxies (`--requestheader-allowed-names`); `[]` = whoever has a certificate of `ca`. */
  readonly allowedNames: readonly string[]
  /** Headers with the user's name; the first that is there counts. Default `['X-Remote-User']`. */
  readonly usernameHeaders?: readonly string[]
  /** Default `['X-Remote-Uid']`. */
  readonly uidHeaders?: readonly string[]
  /** Headers with a group each, sent as often as there are groups. Default `['X-Remote-Group']`. */
  readonly groupHeaders?: readonly string[]
  /** Beginnings of headers with more about the user; the rest of the name, percent-decoded, is the key. Default `['X-Remote-Extra-']`. */
  readonly extraHeaderPrefixes?: readonly string[]
}

type HeaderNames = Pick<RequestHeaderOptions, 'usernameHeaders' | 'uidHeaders' | 'groupHeaders' | 'extraHeaderPrefixes'>

const STANDARD = {
  usernameHeaders: ['x-remote-user'],
  uidHeaders: ['x-remote-uid'],
  groupHeaders: ['x-remote-group'],
  extraHeaderPrefixes: ['x-remote-extra-'],
} as const satisfies HeaderNames

/**
 * Believes `X-Remote-User`, `X-Remote-Group`, `X-Remote-Uid` and `X-Remote-Extra-*` of a front proxy, and of nobody else:
 * the connection must show a client certificate of `ca` whose common name is allowed.
 */
export class RequestHeaderAuthenticator implements RequestAuthenticator {
  readonly #allowedNames: ReadonlySet<string>
  readonly #names: Required<HeaderNames>
  readonly #proxies: VerifiedCertificates<void>

  /** @throws TypeError when `ca` holds no certificate */
  constructor(options: RequestHeaderOptions) {
    const authority = new CertificateAuthority(options.ca, 'authentication.requestHeader.ca')
    this.#proxies = new VerifiedCertificates(authority, (certificate) => this.#requireAllowed(certificate))
    this.#allowedNames = new Set(options.allowedNames)
    this.#names = headerNames(options)
  }

  authenticateRequest(request: IncomingMessage): AuthenticationResponse | undefined {
    const peer = peerCertificate(request)
    if (peer === undefined) return undefined
    this.#proxies.check(request, peer)
    const { usernameHeaders, uidHeaders, groupHeaders, extraHeaderPrefixes } = this.#names
    const name = firstValue(request, usernameHeaders)
    if (name === '') return undefined
    const uid = firstValue(request, uidHeaders)
    const groups = groupHeaders.flatMap((header) => headerValues(request, header)).filter((group) => group !== '')
    const extra = extraOf(request, extraHeaderPrefixes)
    const user: UserInfo = { name, ...(uid !== '' && { uid }), groups, ...(extra && { extra }) }
    return { user }
  }

  #requireAllowed(certificate: X509Certificate): void {
    const name = commonName(certificate)
    if (this.#allowedNames.size > 0 && !this.#allowedNames.has(name))
      throw new Error(`x509: subject with cn=${name} is not in the allowed list`)
  }
}

const lowerCase = (names: readonly string[]): string[] => names.map((name) => name.toLowerCase())

function headerNames(options: HeaderNames): Required<HeaderNames> {
  return {
    usernameHeaders: lowerCase(options.usernameHeaders ?? STANDARD.usernameHeaders),
    uidHeaders: lowerCase(options.uidHeaders ?? STANDARD.uidHeaders),
    groupHeaders: lowerCase(options.groupHeaders ?? STANDARD.groupHeaders),
    extraHeaderPrefixes: lowerCase(options.extraHeaderPrefixes ?? STANDARD.extraHeaderPrefixes),
  }
}

/**
 * Tells the headers that only a front proxy may set: the standard ones whatever is configured, those of `options`, and
 * what CGI-like servers behind take for the same (`X_Remote_User`). Nobody behind authentication shall see any.
 */
export function frontProxyHeaders(options: HeaderNames = {}): (lowerCaseName: string) => boolean {
  const given = headerNames(options)
  const dashed = (names: readonly string[]) => names.map(withDashes)
  const names = new Set(
    [STANDARD, given].flatMap((all) => dashed([...all.usernameHeaders, ...all.uidHeaders, ...all.groupHeaders])),
  )
  const prefixes = [...new Set(dashed([...STANDARD.extraHeaderPrefixes, ...given.extraHeaderPrefixes]))]
  const first = new Set([...names, ...prefixes].map((name) => name.charCodeAt(0)))
  return (name) => {
    // Most headers begin with another letter.
    if (!first.has(name.charCodeAt(0))) return false
    const dashedName = withDashes(name)
    return names.has(dashedName) || prefixes.some((prefix) => dashedName.startsWith(prefix))
  }
}

const withDashes = (name: string): string => (name.includes('_') ? name.replaceAll('_', '-') : name)

function firstValue(request: IncomingMessage, headers: readonly string[]): string {
  for (const header of headers) {
    const value = headerValues(request, header)[0]
    if (value) return value
  }
  return ''
}

function extraOf(
  request: IncomingMessage,
  prefixes: readonly string[],
): Readonly<Record<string, readonly string[]>> | undefined {
  const extra = emptyExtra()
  let found = false
  for (const header of Object.keys(request.headers)) {
    const prefix = prefixes.find((candidate) => header.startsWith(candidate))
    if (prefix === undefined) continue
    const key = decodedKey(header.slice(prefix.length))
    extra[key] = [...(extra[key] ?? []), ...headerValues(request, header)]
    found = true
  }
  return found ? extra : undefined
}

/** A key that is not well encoded is taken as it is. */
function decodedKey(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}
