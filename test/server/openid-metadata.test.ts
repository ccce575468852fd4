import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apiserver, lmdb } from 'express-apiserver'
import { describe, expect, test } from 'vitest'
import { OIDCAuthenticator, ServiceAccountTokens } from '../../lib/authentication/index.js'
import { listenOn, send } from '../support/server.js'
import { served, widgets } from './harness.js'

const { privateKey: signingKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const former = generateKeyPairSync('ed25519')
const CONFIGURATION = '/.well-known/openid-configuration'
const KEYS = '/openid/v1/jwks'

const issuer = 'https://api.example.com'
const serviceAccounts = new ServiceAccountTokens({ issuer, signingKey, verifyKeys: [former.publicKey] })
const account = { namespace: 'jobs', name: 'runner' }

describe('the metadata of the issuer of service account tokens', () => {
  const server = served({
    authentication: {
      serviceAccounts,
      tokens: [
        { token: 'ann', user: 'ann' },
        { token: 'root', user: { name: 'root', groups: ['system:masters'] } },
      ],
      anonymous: true,
    },
    authorization: { rbac: true },
    index: true,
  })
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
  const asAccount = async () => bearer((await serviceAccounts.issue(account)).token)

  test('names the issuer, and where its keys are', async () => {
    const answer = await server.send(CONFIGURATION, { headers: await asAccount() })
    expect(answer.status).toBe(200)
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'public, max-age=3600',
    })
    expect(answer.json()).toEqual({
      issuer,
      jwks_uri: `${issuer}/openid/v1/jwks`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256', 'EdDSA'],
    })
  })

  test('has the public keys, and nothing of the private one', async () => {
    const answer = await server.send(KEYS, { headers: await asAccount() })
    expect(answer.status).toBe(200)
    expect(answer.headers).toMatchObject({
      'content-type': 'application/jwk-set+json',
      'cache-control': 'public, max-age=3600',
    })
    const { keys } = answer.json<{ keys: Record<string, string>[] }>()
    expect(keys.map(({ kty, alg, use }) => [kty, alg, use])).toEqual([
      ['EC', 'ES256', 'sig'],
      ['OKP', 'EdDSA', 'sig'],
    ])
    expect(keys.some((key) => 'd' in key)).toBe(false)
  })

  test.each([CONFIGURATION, KEYS])('%s is for service accounts, by their role, and for no others', async (path) => {
    expect((await server.send(path, { headers: bearer('ann') })).json()).toMatchObject({
      code: 403,
      message: `forbidden: User "ann" cannot get path "${path}"`,
    })
    expect((await server.send(path)).status).toBe(403)
    expect((await server.send(`${path}/`, { headers: await asAccount() })).status).toBe(200)
  })

  test.each([CONFIGURATION, KEYS])('%s is only read', async (path) => {
    const answer = await server.send(path, { method: 'POST', headers: await asAccount(), body: {} })
    // Nobody is allowed to post there either.
    expect(answer.status).toBe(403)
  })

  test('is listed, and documented', async () => {
    const index = await server.send('/', { headers: bearer('root') })
    expect(index.json<{ paths: string[] }>().paths).toEqual(expect.arrayContaining([CONFIGURATION, KEYS]))
    const groups = await server.send('/openapi/v3', { headers: bearer('ann') })
    expect(Object.keys(groups.json<{ paths: object }>().paths)).toEqual(
      expect.arrayContaining(['.well-known/openid-configuration', 'openid/v1/jwks']),
    )
  })
})

test('another server takes the tokens by what is served, and no others', async () => {
  let listener: RequestListener = () => {}
  const listening = await listenOn((req, res) => listener(req, res))
  const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-openid-'))
  const issuing = new ServiceAccountTokens({ issuer: listening.url, signingKey })
  const api = apiserver({
    resources: [widgets],
    storage: lmdb(folder),
    authentication: { serviceAccounts: issuing, anonymous: true },
  })
  listener = api.handler() as RequestListener
  try {
    const other = new OIDCAuthenticator({ url: listening.url, audiences: ['other'], insecureHTTP: 'loopback' })
    const { token } = await issuing.issue({ ...account, audiences: ['other'] })
    const known = await other.authenticateToken(token)
    expect(known?.user.name).toBe(`${listening.url}#system:serviceaccount:jobs:runner`)
    const forged = new ServiceAccountTokens({ issuer: listening.url, signingKey: former.privateKey })
    const bad = (await forged.issue({ ...account, audiences: ['other'] })).token
    await expect(other.authenticateToken(bad)).rejects.toThrow()
    expect((await send(`${listening.url}${KEYS}`, { method: 'POST', body: {} })).status).toBe(405)
  } finally {
    await api.close()
    await listening.close()
    rmSync(folder, { recursive: true, force: true })
  }
})

describe('the metadata are not served', () => {
  const off = new ServiceAccountTokens({ issuer, signingKey, issuerDiscovery: false })
  const unnamed = new ServiceAccountTokens({ issuer: 'my-api', signingKey })
  test.each([
    ['where no tokens are signed', undefined],
    ['where that is not wanted', off],
    ['for an issuer that is no URL', unnamed],
  ])('%s', async (_, given) => {
    const api = apiserver({
      resources: [widgets],
      storage: lmdb('/nowhere'),
      ...(given && { authentication: { serviceAccounts: given } }),
    })
    const listening = await listenOn((req, res) => api(req, res, () => res.writeHead(418).end()))
    try {
      for (const path of [CONFIGURATION, KEYS]) expect((await send(listening.url + path)).status).toBe(418)
    } finally {
      await listening.close()
    }
  })

  test('and cannot be asked for where the issuer is no URL', () => {
    expect(() => new ServiceAccountTokens({ issuer: 'my-api', signingKey, issuerDiscovery: true })).toThrow('no URL')
    expect(() => new ServiceAccountTokens({ issuer: `${issuer}?a`, signingKey, issuerDiscovery: true })).toThrow()
  })
})
