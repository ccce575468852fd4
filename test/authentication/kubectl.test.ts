import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apiserver, defineResource, lmdb, type RunningServer, runServer } from 'express-apiserver'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ServiceAccountTokens } from '../../lib/authentication/index.js'
import { type Kubectl, kubectl, kubectlBinaries } from '../support/kubectl.js'
import { type KeyPair, testCertificates } from './certificates.js'
import { startIssuer, type TestIssuer } from './issuer.js'

const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-authentication-'))
const at = (name: string) => join(folder, name)
const certificates = testCertificates()
const authority = certificates.authority('users')
const proxies = certificates.authority('proxies')
const serviceAccounts = new ServiceAccountTokens({
  issuer: 'https://api.example.com',
  signingKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
})
const notes = defineResource({
  group: 'example.com',
  version: 'v1',
  kind: 'Note',
  plural: 'notes',
  scope: 'Cluster',
  schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
})

let issuer: TestIssuer
let server: RunningServer

/** Puts a pair into files, as kubectl wants it. */
function files(name: string, { cert, key }: KeyPair): { certFile: string; keyFile: string } {
  const [certFile, keyFile] = [at(`${name}.crt`), at(`${name}.key`)]
  writeFileSync(certFile, cert)
  writeFileSync(keyFile, key)
  return { certFile, keyFile }
}

beforeAll(async () => {
  issuer = await startIssuer()
  writeFileSync(at('ca.crt'), authority.cert + proxies.cert)
  writeFileSync(at('tokens.csv'), 'static-token,carol,3,"ops,dev"\n')
  const api = apiserver({
    resources: [notes],
    storage: lmdb(at('store'), { unsafeNoSync: true }),
    authentication: {
      tokenFile: at('tokens.csv'),
      clientCertificates: { ca: authority.cert },
      requestHeader: { ca: proxies.cert, allowedNames: ['front-proxy'] },
      serviceAccounts,
      oidc: [
        {
          url: issuer.url,
          audiences: ['api'],
          username: { claim: 'email', prefix: 'oidc:' },
          groups: { claim: 'groups', prefix: 'oidc:' },
          insecureHTTP: true,
        },
      ],
    },
  })
  const own = files('server', certificates.issue(authority, '/CN=127.0.0.1', 'server'))
  server = await runServer({
    api,
    port: 0,
    host: '127.0.0.1',
    signals: false,
    tls: { ...own, clientCAFile: at('ca.crt') },
  })
})
afterAll(async () => {
  await server.shutdown()
  await issuer.close()
  certificates.remove()
  rmSync(folder, { recursive: true, force: true })
})

for (const binary of kubectlBinaries)
  describe.skipIf(!binary.there)(`${binary.name} is known`, () => {
    let k: Kubectl
    const ca = () => ['--certificate-authority', at('ca.crt')]
    beforeAll(() => {
      k = kubectl(binary, server.url, at(binary.name.replaceAll(' ', '-')))
    })

    /** A SelfSubjectReview, for older kubectls have no `auth whoami`. */
    async function whoami(...as: string[]): Promise<{ username: string; groups: string[] }> {
      const review = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' })
      const args = ['create', '--validate=false', '-f', '-', '-o', 'json', ...ca(), ...as]
      const answer = JSON.parse(await k.ok(args, { input: review })) as {
        status: { userInfo: { username: string; groups: string[] } }
      }
      const { username, groups } = answer.status.userInfo
      return { username, groups }
    }

    test('by its client certificate', async () => {
      const { certFile, keyFile } = files('ann', certificates.issue(authority, '/O=dev/CN=ann'))
      expect(await whoami('--client-certificate', certFile, '--client-key', keyFile)).toEqual({
        username: 'ann',
        groups: ['dev', 'system:authenticated'],
      })
    })

    test('by its token', async () => {
      expect(await whoami('--token', 'static-token')).toEqual({
        username: 'carol',
        groups: ['ops', 'dev', 'system:authenticated'],
      })
    })

    test('by a token of an OpenID Connect issuer', async () => {
      const token = await issuer.sign({ email: 'bob@example.com', email_verified: true, groups: ['eng'] })
      expect(await whoami('--token', token)).toEqual({
        username: 'oidc:bob@example.com',
        groups: ['oidc:eng', 'system:authenticated'],
      })
    })

    test('by a token of a service account', async () => {
      const { token } = await serviceAccounts.issue({ namespace: 'jobs', name: 'runner' })
      expect((await whoami('--token', token)).username).toBe('system:serviceaccount:jobs:runner')
    })

    test.each([
      ['a bad token', () => ['--token', 'bad']],
      ['an expired token', async () => ['--token', await issuer.sign({ email: 'a@b.c', exp: 1 })]],
    ])('not by %s, and says so', async (_, as) => {
      const ran = await k.run(['get', 'notes', ...ca(), ...(await as())])
      expect(ran.code).not.toBe(0)
      expect(ran.stderr).toContain('You must be logged in to the server')
    })
  })

test('a front proxy speaks for its users, and nobody else does', async () => {
  const whoami = (as: KeyPair) =>
    new Promise<{ status?: { userInfo: unknown }; code?: number }>((resolve, reject) => {
      const options = {
        ...as,
        method: 'POST',
        rejectUnauthorized: false,
        agent: false,
        headers: { 'content-type': 'application/json', 'x-remote-user': 'dora', 'x-remote-group': 'ops' },
      }
      const sent = request(`${server.url}/apis/authentication.k8s.io/v1/selfsubjectreviews`, options, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk
        })
        response.on('end', () => resolve(JSON.parse(text)))
      })
      sent.on('error', reject)
      sent.end('{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}')
    })
  expect((await whoami(certificates.issue(proxies, '/CN=front-proxy'))).status?.userInfo).toEqual({
    username: 'dora',
    groups: ['ops', 'system:authenticated'],
  })
  expect((await whoami(certificates.issue(proxies, '/CN=other'))).code).toBe(401)
  expect((await whoami(certificates.issue(authority, '/CN=front-proxy'))).status?.userInfo).toMatchObject({
    username: 'front-proxy',
    groups: ['system:authenticated'],
  })
})
