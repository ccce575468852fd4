import { X509Certificate } from 'node:crypto'
import { Agent } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { CertificateAuthority } from '../../lib/authentication/certificate-authority.js'
import { ClientCertificateAuthenticator } from '../../lib/authentication/index.js'
import { type KeyPair, testCertificates } from './certificates.js'
import { requestWith } from './requests.js'
import { credentialID, type TLSServer, tlsServer } from './tls.js'

const certificates = testCertificates()
const users = certificates.authority('users')
const others = certificates.authority('others')
const own = certificates.issue(others, '/CN=127.0.0.1', 'server')
const ann = certificates.issue(users, '/O=dev/O=ops/CN=ann')
let trusted = users.cert
const authenticator = new ClientCertificateAuthenticator({ ca: () => trusted })
let server: TLSServer
beforeAll(async () => {
  // TLS itself trusts both, as it does when there are front proxies too.
  server = await tlsServer(own, [users.cert, others.cert], (request) => authenticator.authenticateRequest(request))
})
afterEach(() => {
  trusted = users.cert
  vi.useRealTimers()
})
afterAll(async () => {
  await server.close()
  certificates.remove()
})

const annTold = () => ({ name: 'ann', groups: ['dev', 'ops', 'system:authenticated'], extra: credentialID(ann) })

test('the common name is the user, each organization a group', async () => {
  expect(await server.ask(ann)).toEqual(annTold())
})

test('all requests of an HTTP/2 connection are of its one certificate', async () => {
  expect(await server.askHTTP2(ann, {}, 3)).toEqual([annTold(), annTold(), annTold()])
})

test('names may be in any script, and hold what separates elsewhere', async () => {
  const odd = certificates.issue(users, '/O=a, b/O=k\\/v/O=x\\\\nO=y/CN=Änne=O')
  expect(await server.ask(odd)).toMatchObject({
    name: 'Änne=O',
    groups: ['a, b', 'k/v', 'x\\nO=y', 'system:authenticated'],
  })
})

test('of several common names the last counts', async () => {
  expect(await server.ask(certificates.issue(users, '/CN=first/CN=last'))).toMatchObject({ name: 'last' })
})

test('no certificate, or one without a common name, are no credentials', async () => {
  expect(await server.ask()).toEqual({})
  expect(await server.ask(certificates.issue(users, '/O=dev'))).toEqual({})
  expect(authenticator.authenticateRequest(requestWith())).toBeUndefined()
})

test('a resumed session without a certificate is nobody, though TLS calls it authorized', async () => {
  const seen: unknown[] = []
  const resuming = await tlsServer(own, [users.cert], (request) => {
    const socket = request.socket as TLSSocket
    seen.push([socket.isSessionReused(), socket.authorized])
    return authenticator.authenticateRequest(request)
  })
  const agent = new Agent({ maxCachedSessions: 10 })
  for (let i = 0; i < 3; i++) expect(await resuming.ask(undefined, {}, agent)).toEqual({})
  expect(seen).toContainEqual([true, true])
  agent.destroy()
  await resuming.close()
})

test('a certificate by way of another authority of ours is taken', async () => {
  const between = certificates.issue(users, '/CN=between', 'intermediate')
  const leaf = certificates.issue(between, '/CN=bob')
  expect(await server.ask({ cert: leaf.cert + between.cert, key: leaf.key })).toMatchObject({ name: 'bob' })
  expect(await server.ask(leaf)).toMatchObject({ error: expect.stringContaining('failed') })
})

const stranger = certificates.authority('users')
test.each<[string, () => KeyPair, string]>([
  ['of an authority that only TLS trusts', () => certificates.issue(others, '/CN=ann'), 'signed by unknown authority'],
  ['of a stranger that bears the name of ours', () => certificates.issue(stranger, '/CN=ann'), 'failed'],
  ['signed by itself', () => certificates.authority('ann'), 'failed'],
  [
    'of another user',
    () => {
      const leaf = certificates.issue(ann, '/CN=admin')
      return { cert: leaf.cert + ann.cert, key: leaf.key }
    },
    'failed',
  ],
  ['for servers', () => certificates.issue(users, '/CN=ann', 'server'), 'failed'],
])('a certificate %s is refused', async (_, make, message) => {
  const told = await server.ask(make())
  expect(told.name).toBeUndefined()
  expect(told.error).toMatch(
    new RegExp(`^verifying certificate SN=[0-9A-F]+ failed: .*${message === 'failed' ? '' : message}`),
  )
})

/** A certificate that TLS has verified, by whatever it trusts. */
const verified = ({ cert }: KeyPair) => ({ certificate: new X509Certificate(cert), authorized: true, reason: '' })

test('a namesake of our authority is another, whatever TLS trusts', () => {
  const authority = new CertificateAuthority(users.cert)
  expect(() => authority.verify(verified(certificates.issue(stranger, '/CN=ann')))).toThrow('unknown authority')
  expect(authority.verify(verified(ann)).to).toBeGreaterThan(Date.now())
})

test('who is trusted without being an authority has issued nothing', () => {
  const authority = new CertificateAuthority([users.cert, ann.cert])
  expect(() => authority.verify(verified(certificates.issue(ann, '/CN=admin')))).toThrow('unknown authority')
})

test('a certificate that ends while its connection lives is refused from then on', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  expect(await server.ask(ann, {}, agent)).toEqual(annTold())
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3 * 24 * 3600 * 1000 })
  expect((await server.ask(ann, {}, agent)).error).toContain('certificate has expired or is not yet valid')
  agent.destroy()
})

test('another authority counts from the next connection on', async () => {
  trusted = others.cert
  expect((await server.ask(ann)).error).toContain('signed by unknown authority')
  trusted = `${others.cert}\n${users.cert}`
  expect(await server.ask(ann)).toEqual(annTold())
})

test('whose a certificate is can be said by a function', async () => {
  const byFunction = new ClientCertificateAuthenticator({
    ca: [users.cert],
    user: ({ subject }) => (subject.includes('O=dev') ? { name: 'dev', groups: ['g'] } : undefined),
  })
  const own2 = await tlsServer(own, [users.cert], (request) => byFunction.authenticateRequest(request))
  expect(await own2.ask(ann)).toEqual({ name: 'dev', groups: ['g', 'system:authenticated'] })
  expect(await own2.ask(certificates.issue(users, '/CN=x'))).toEqual({})
  await own2.close()
})

test('an authority without a certificate is a mistake', () => {
  expect(() => new ClientCertificateAuthenticator({ ca: 'ca.crt' })).toThrow(
    'authentication.clientCertificates.ca holds no certificate in PEM',
  )
})
