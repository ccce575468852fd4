import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apiserver, lmdb, type RunningServer, runServer } from 'express-apiserver'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testCertificates } from '../authentication/certificates.js'
import { startIssuer, type TestIssuer } from '../authentication/issuer.js'
import { type Kubectl, type KubectlBinary, kubectl, kubectlBinaries } from '../support/kubectl.js'
import { parseExposition, sumOf } from '../support/prometheus.js'
import { send } from '../support/server.js'
import { widgets } from './harness.js'

const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-secured-'))
const at = (name: string) => join(folder, name)
const tls = { certFile: at('tls.crt'), keyFile: at('tls.key'), clientCAFile: at('ca.crt') }
const auditLog = at('audit.log')
let issuer: TestIssuer
let server: RunningServer

/** Everything at once: how a server looks that strangers can reach. */
beforeAll(async () => {
  const certificates = testCertificates()
  const authority = certificates.authority('test')
  const pairs = {
    tls: certificates.issue(authority, '/CN=server', 'server'),
    ann: certificates.issue(authority, '/CN=ann/O=editors'),
  }
  for (const [name, { cert, key }] of Object.entries(pairs)) {
    writeFileSync(at(`${name}.crt`), cert)
    writeFileSync(at(`${name}.key`), key)
  }
  writeFileSync(tls.clientCAFile, authority.cert)
  certificates.remove()
  issuer = await startIssuer()
  const rules = [
    { verbs: ['get', 'list', 'watch', 'create', 'delete'], apiGroups: ['example.com'], resources: ['widgets'] },
  ]
  const group = (name: string) => ({ kind: 'Group' as const, name })
  const api = apiserver({
    resources: [widgets],
    storage: lmdb(at('data'), { unsafeNoSync: true }),
    health: true,
    metrics: true,
    authentication: {
      clientCertificates: { ca: () => readFileSync(tls.clientCAFile) },
      tokens: [{ token: 'token-of-root', user: { name: 'root', groups: ['system:masters'] } }],
      oidc: [
        {
          url: issuer.url,
          insecureHTTP: true,
          audiences: ['api'],
          username: { claim: 'sub', prefix: '' },
          groups: { claim: 'groups', prefix: '' },
        },
      ],
    },
    authorization: {
      rbac: {
        objects: [
          { kind: 'ClusterRole', metadata: { name: 'editor' }, rules },
          {
            kind: 'ClusterRoleBinding',
            metadata: { name: 'editors' },
            subjects: [group('editors')],
            roleRef: { kind: 'ClusterRole', name: 'editor' },
          },
        ],
      },
    },
    audit: { policy: { rules: [{ level: 'Metadata' }] }, log: { path: auditLog } },
    flowControl: true,
  })
  server = await runServer({ api, port: 0, host: '127.0.0.1', tls, signals: false })
}, 120_000)

afterAll(async () => {
  await server?.shutdown()
  await issuer?.close()
  rmSync(folder, { recursive: true, force: true })
})

const manifest = (name: string) =>
  JSON.stringify({ apiVersion: 'example.com/v2', kind: 'Widget', metadata: { name }, spec: { color: 'red' } })

for (const binary of kubectlBinaries) describe.runIf(binary.there)(binary.name, () => withKubectl(binary))

function withKubectl(binary: KubectlBinary): void {
  const id = binary.name.replaceAll(/\W/g, '-')
  let client: Kubectl
  beforeAll(() => {
    client = kubectl(binary, server.url, at(id))
  })
  const trusting = ['--certificate-authority', tls.clientCAFile]
  const ann = [...trusting, '--client-certificate', at('ann.crt'), '--client-key', at('ann.key')]
  const root = [...trusting, '--token', 'token-of-root']

  test('works with a client certificate, within its rights', async () => {
    const name = `cert-${id}`.toLowerCase()
    expect(await client.ok([...ann, 'create', '-f', '-'], { input: manifest(name) })).toContain('created')
    expect(await client.ok([...ann, 'get', 'widgets', name, '-o', 'name'])).toBe(`widget.example.com/${name}\n`)
    const refused = await client.run([...ann, 'get', '--raw', '/metrics'])
    expect(refused.stderr).toContain('forbidden: User "ann" cannot get path "/metrics"')
  })

  test('works with a token of an OpenID issuer, and not with one that has expired', async () => {
    const now = Math.floor(Date.now() / 1000)
    const token = (claims: object) => issuer.sign({ sub: 'olga', groups: ['editors'], ...claims })
    const good = [...trusting, '--token', await token({})]
    expect(await client.ok([...good, 'get', 'widgets', '-A', '-o', 'name'])).toContain('widget')
    const old = [...trusting, '--token', await token({ iat: now - 7200, exp: now - 3600 })]
    const refused = await client.run([...old, 'get', 'widgets'])
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/Unauthorized|must be logged in/)])
  })

  test('is a stranger without credentials', async () => {
    const refused = await client.run([...trusting, '--username=', 'get', 'widgets'], { input: '\n\n' })
    expect(refused.code).toBe(1)
  })

  test('acts as somebody else where it may, with the rights of who that is', async () => {
    const as = ['--as', 'eve', '--as-group', 'editors']
    expect(await client.ok([...root, ...as, 'auth', 'can-i', 'delete', 'widgets.example.com'])).toBe('yes\n')
    expect((await client.run([...root, '--as', 'eve', 'auth', 'can-i', 'delete', 'widgets.example.com'])).stdout).toBe(
      'no\n',
    )
    const refused = await client.run([...ann, ...as, 'get', 'widgets'])
    expect(refused.stderr).toContain(
      'User "ann" cannot impersonate resource "users" in API group "" at the cluster scope',
    )
  })

  test('is told what it may', async () => {
    const list = await client.ok([...ann, 'auth', 'can-i', '--list'])
    expect(list).toMatch(/widgets\.example\.com\s+\[\]\s+\[\]\s+\[get list watch create delete\]/)
  })

  // kubectl 1.20 does not have this command yet.
  test.runIf(binary.name !== 'kubectl 1.20')('is told who it is', async () => {
    const whoami = await client.ok([...ann, 'auth', 'whoami', '-o', 'jsonpath={.status.userInfo}'])
    expect(JSON.parse(whoami)).toMatchObject({ username: 'ann', groups: ['editors', 'system:authenticated'] })
  })
}

test('the audit log has who did what, as whom, and how it went', async () => {
  const events = readFileSync(auditLog, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { stage: string; verb: string } & Record<string, unknown>)
  const done = events.filter(({ stage }) => stage === 'ResponseComplete')
  expect(done).toContainEqual(
    expect.objectContaining({
      verb: 'create',
      user: expect.objectContaining({ username: 'ann' }),
      objectRef: expect.objectContaining({ resource: 'widgets' }),
      responseStatus: expect.objectContaining({ code: 201 }),
      annotations: expect.objectContaining({ 'authorization.k8s.io/decision': 'allow' }),
    }),
  )
  expect(done).toContainEqual(
    expect.objectContaining({
      user: expect.objectContaining({ username: 'root' }),
      impersonatedUser: expect.objectContaining({ username: 'eve' }),
    }),
  )
  expect(events).toContainEqual(expect.objectContaining({ responseStatus: expect.objectContaining({ code: 401 }) }))
})

test('the metrics of all parts are one text that a scraper reads', async () => {
  const answer = await send(`${server.url}/metrics`, { headers: { authorization: 'Bearer token-of-root' } })
  const families = parseExposition(answer.text)
  const count = (name: string, labels: Record<string, string> = {}) => sumOf(families, name, labels)
  expect(count('authentication_attempts', { result: 'success' })).toBeGreaterThan(0)
  expect(count('authentication_attempts', { result: 'error' })).toBeGreaterThan(0)
  expect(count('authorization_attempts_total', { result: 'allowed' })).toBeGreaterThan(0)
  expect(count('authorization_attempts_total', { result: 'no-opinion' })).toBeGreaterThan(0)
  expect(count('authorization_duration_seconds_count', { result: 'allowed' })).toBeGreaterThan(0)
  expect(count('apiserver_audit_event_total')).toBeGreaterThan(0)
  expect(count('apiserver_audit_level_total', { level: 'Metadata' })).toBeGreaterThan(0)
  expect(count('apiserver_flowcontrol_dispatched_requests_total')).toBeGreaterThan(0)
  expect(count('apiserver_request_total', { resource: 'selfsubjectaccessreviews', verb: 'POST' })).toBeGreaterThan(0)
  expect(count('etcd_requests_total', { operation: 'create', type: 'widgets.example.com' })).toBeGreaterThan(0)
  expect(count('etcd_request_duration_seconds_count', { operation: 'create' })).toBeGreaterThan(0)
  expect(count('apiserver_storage_objects', { resource: 'widgets.example.com' })).toBeGreaterThan(0)
  expect(count('apiserver_request_total', { code: '403' })).toBeGreaterThan(0)
  expect(count('apiserver_request_total', { code: '401' })).toBeGreaterThan(0)
})
