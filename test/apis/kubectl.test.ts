import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ApiServer, apiserver, lmdb } from 'express-apiserver'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RBACObject } from '../../lib/authorization/index.js'
import { type Kubectl, type KubectlBinary, kubectl, kubectlBinaries } from '../support/kubectl.js'
import { fischers, flunders } from './harness.js'

const objects: RBACObject[] = [
  {
    kind: 'ClusterRole',
    metadata: { name: 'flunder-editor' },
    rules: [
      { verbs: ['get', 'list', 'watch', 'create'], apiGroups: ['wardle.example.com'], resources: ['flunders'] },
      { verbs: ['get'], apiGroups: ['wardle.example.com'], resources: ['fischers'], resourceNames: ['one'] },
    ],
  },
  {
    kind: 'RoleBinding',
    metadata: { name: 'editors', namespace: 'dev' },
    subjects: [
      { kind: 'User', name: 'jane' },
      { kind: 'ServiceAccount', name: 'bot', namespace: 'ci' },
    ],
    roleRef: { kind: 'ClusterRole', name: 'flunder-editor' },
  },
]

const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-can-i-'))
const certificate = join(folder, 'tls.crt')
let api: ApiServer
let server: Server

beforeAll(async () => {
  const key = join(folder, 'tls.key')
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1']
  const names = ['-subj', '/CN=test', '-addext', 'subjectAltName=IP:127.0.0.1']
  execFileSync('openssl', ['req', '-x509', ...curve, ...names, '-keyout', key, '-out', certificate], { stdio: 'pipe' })
  api = apiserver({
    resources: [flunders, fischers],
    storage: lmdb(join(folder, 'data'), { unsafeNoSync: true }),
    authentication: {
      tokens: [
        { token: 'token-of-jane', user: { name: 'jane', uid: 'u1', groups: ['devs'] } },
        { token: 'token-of-root', user: { name: 'root', groups: ['system:masters'] } },
      ],
    },
    authorization: { rbac: { objects } },
  })
  const listener = api.handler() as RequestListener
  server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
}, 60_000)

afterAll(async () => {
  await api?.close()
  server?.closeAllConnections()
  server?.close()
  rmSync(folder, { recursive: true, force: true })
})

for (const binary of kubectlBinaries) describe.runIf(binary.there)(binary.name, () => withKubectl(binary))

function withKubectl(binary: KubectlBinary): void {
  let client: Kubectl
  beforeAll(() => {
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
    client = kubectl(binary, url, join(folder, binary.name.replaceAll(/\W/g, '-')))
  })
  const as = (who: string, ...args: string[]) => [
    '--certificate-authority',
    certificate,
    '--token',
    `token-of-${who}`,
    ...args,
  ]

  /** What `auth can-i` says; it ends with 1 for no. */
  const canI = async (who: string, ...args: string[]) => {
    const { stdout, stderr } = await client.run(as(who, 'auth', 'can-i', ...args))
    return `${stdout}${stderr}`.trim()
  }

  test.each<[string, string, string[], RegExp]>([
    ['in the namespace', 'jane', ['create', 'flunders', '-n', 'dev'], /^yes$/],
    ['in another namespace', 'jane', ['create', 'flunders', '-n', 'prod'], /^no$/],
    ['in all namespaces', 'jane', ['list', 'flunders', '-A'], /^no$/],
    ['with a group', 'jane', ['list', 'flunders.wardle.example.com', '-n', 'dev'], /^yes$/],
    ['to another verb', 'jane', ['delete', 'flunders', '-n', 'dev'], /^no$/],
    ['to a subresource', 'jane', ['get', 'flunders', '--subresource=status', '-n', 'dev'], /^no$/],
    ['to a path', 'jane', ['get', '/apis'], /^yes$/],
    ['to a path that is not for everybody', 'jane', ['get', '/metrics'], /^no$/],
    ['to everything', 'root', ['*', '*', '-A'], /^yes$/],
    ['as somebody else', 'root', ['create', 'flunders', '-n', 'dev', '--as', 'jane'], /^yes$/],
    ['as somebody else who may not', 'root', ['create', 'flunders', '-n', 'dev', '--as', 'kim'], /^no$/],
    [
      'as a service account',
      'root',
      ['create', 'flunders', '-n', 'dev', '--as', 'system:serviceaccount:ci:bot'],
      /^yes$/,
    ],
  ])('auth can-i answers whether one may: %s', async (_, who, args, expected) => {
    expect(await canI(who, ...args)).toMatch(expected)
  })

  test('auth can-i --list shows the rules of a namespace', async () => {
    const lines = (await client.ok(as('jane', 'auth', 'can-i', '--list', '-n', 'dev')))
      .split('\n')
      .map((line) => line.trim())
    expect(lines[0]).toMatch(/^Resources +Non-Resource URLs +Resource Names +Verbs$/)
    expect(lines).toContainEqual(
      expect.stringMatching(/^flunders\.wardle\.example\.com +\[\] +\[\] +\[get list watch create\]$/),
    )
    expect(lines).toContainEqual(expect.stringMatching(/^fischers\.wardle\.example\.com +\[\] +\[one\] +\[get\]$/))
    expect(lines).toContainEqual(
      expect.stringMatching(/^selfsubjectaccessreviews\.authorization\.k8s\.io +\[\] +\[\] +\[create\]$/),
    )
    expect(lines).toContainEqual(expect.stringMatching(/^\[\/openapi\/\*\] +\[\] +\[get\]$/))
    const elsewhere = await client.ok(as('jane', 'auth', 'can-i', '--list', '-n', 'prod'))
    expect(elsewhere).not.toContain('flunders')
    expect(await client.ok(as('root', 'auth', 'can-i', '--list'))).toMatch(/^\*\.\* +\[\] +\[\] +\[\*\]$/m)
  })

  test('what can-i allows works, and what it does not is refused in the words of Kubernetes', async () => {
    const name = `of-${binary.name.replaceAll(/\W/g, '-').toLowerCase()}`
    const input = JSON.stringify({ apiVersion: 'wardle.example.com/v1', kind: 'Flunder', metadata: { name } })
    await client.ok(as('jane', 'create', '-n', 'dev', '-f', '-'), { input })
    expect(await client.ok(as('jane', 'get', 'flunders', '-n', 'dev'))).toContain(name)
    const refused = await client.run(as('jane', 'get', 'flunders', '-n', 'prod'))
    expect(refused.stderr).toBe(
      'Error from server (Forbidden): flunders.wardle.example.com is forbidden: User "jane" cannot list resource "flunders" in API group "wardle.example.com" in the namespace "prod"\n',
    )
    const impersonating = await client.run(as('jane', 'get', 'flunders', '-n', 'dev', '--as', 'root'))
    expect(impersonating.stderr).toContain(
      'users "root" is forbidden: User "jane" cannot impersonate resource "users" in API group "" at the cluster scope',
    )
    const asJane = as('root', 'get', 'flunders', '-n', 'prod', '--as', 'jane', '--as-group', 'devs')
    expect((await client.run(asJane)).stderr).toContain('User "jane" cannot list resource "flunders"')
  })

  test('a SubjectAccessReview can be created, and explained', async () => {
    const input = JSON.stringify({
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        user: 'jane',
        resourceAttributes: { verb: 'get', group: 'wardle.example.com', resource: 'flunders', namespace: 'dev' },
      },
    })
    const review = JSON.parse(await client.ok(as('root', 'create', '-f', '-', '-o', 'json'), { input }))
    expect(review.status).toEqual({
      allowed: true,
      reason: 'RBAC: allowed by RoleBinding "editors/dev" of ClusterRole "flunder-editor" to User "jane"',
    })
    const explained = await client.ok(as('jane', 'explain', 'subjectaccessreview.spec.resourceAttributes'))
    expect(explained).toContain('What somebody wants to do to a resource.')
  })

  // kubectl 1.20 does not have this command yet.
  test.runIf(binary.name !== 'kubectl 1.20')('auth whoami tells who one is, and as whom one acts', async () => {
    const me = JSON.parse(await client.ok(as('jane', 'auth', 'whoami', '-o', 'json')))
    expect(me.status.userInfo).toEqual({ username: 'jane', uid: 'u1', groups: ['devs', 'system:authenticated'] })
    const other = await client.ok(as('root', 'auth', 'whoami', '--as', 'kim', '--as-group', 'ops', '--as-uid', 'u7'))
    const rows = other.split('\n').map((line) => line.trim().replaceAll(/ +/g, ' '))
    expect(rows).toEqual(expect.arrayContaining(['Username kim', 'UID u7', 'Groups [ops system:authenticated]']))
  })
}
