import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface KeyPair {
  readonly cert: string
  readonly key: string
}

export interface TestCertificates {
  /** A self-signed authority. */
  authority(name: string): KeyPair
  /** A certificate for a subject such as `/CN=ann/O=dev/O=ops`. */
  issue(authority: KeyPair, subject: string, kind?: 'client' | 'server' | 'intermediate', days?: number): KeyPair
  remove(): void
}

const EXTENSIONS = {
  // Without the issuer's key id only its name and its signature tell it from others.
  client: 'basicConstraints=CA:FALSE\nextendedKeyUsage=clientAuth\nauthorityKeyIdentifier=none\n',
  server: 'basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\nsubjectAltName=IP:127.0.0.1\n',
  intermediate: 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n',
} as const

/** Certificates by openssl, in a folder of their own. */
export function testCertificates(): TestCertificates {
  const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-certificates-'))
  const at = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let count = 0
  const newKey = () => {
    const path = at(`${++count}.key`)
    openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', path)
    return path
  }
  const pair = (cert: string, key: string): KeyPair => ({
    cert: readFileSync(cert, 'utf8'),
    key: readFileSync(key, 'utf8'),
  })
  return {
    authority(name) {
      const key = newKey()
      const cert = at(`${count}.crt`)
      const ca = ['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign']
      openssl('req', '-x509', '-new', '-key', key, '-subj', `/CN=${name}`, '-days', '2', ...ca, '-out', cert)
      return pair(cert, key)
    },
    issue(authority, subject, kind = 'client', days = 2) {
      const key = newKey()
      const [csr, cert, ca, caKey, extensions] = ['csr', 'crt', 'ca.crt', 'ca.key', 'ext'].map((end) =>
        at(`${count}.${end}`),
      )
      writeFileSync(ca!, authority.cert)
      writeFileSync(caKey!, authority.key)
      writeFileSync(extensions!, EXTENSIONS[kind])
      openssl('req', '-new', '-utf8', '-key', key, '-subj', subject, '-out', csr!)
      const signing = ['-CA', ca!, '-CAkey', caKey!, '-CAcreateserial', '-extfile', extensions!]
      openssl('x509', '-req', '-in', csr!, '-days', String(days), ...signing, '-out', cert!)
      return pair(cert!, key)
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
