import { createHash, createHmac, createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, type JSONWebKeySet, jwtVerify, SignJWT } from 'jose'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type KeyInput, ServiceAccountTokens } from '../../lib/authentication/index.js'

const issuer = 'https://api.example.com'
const ec = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
const first = ec()
const tokens = new ServiceAccountTokens({ issuer, signingKey: first.privateKey })
const account = { namespace: 'jobs', name: 'runner', uid: 'u-1' }
afterEach(() => void vi.useRealTimers())

const know = async (token: string, by = tokens, audiences?: readonly string[]) => by.authenticateToken(token, audiences)

test('a token of an account is known as the account', async () => {
  const { token, expirationTimestamp } = await tokens.issue(account)
  const id = decodeJwt(token).jti
  expect(await know(token)).toEqual({
    user: {
      name: 'system:serviceaccount:jobs:runner',
      uid: 'u-1',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:jobs'],
      extra: { 'authentication.kubernetes.io/credential-id': [`JTI=${id}`] },
    },
    audiences: [issuer],
    expiresAt: expirationTimestamp.getTime(),
  })
})

test('its claims and its key are named as Kubernetes names them', async () => {
  const { token } = await tokens.issue({ ...account, expirationSeconds: 600 })
  const { iat, exp, nbf, jti, ...claims } = decodeJwt(token)
  expect(claims).toEqual({
    iss: issuer,
    sub: 'system:serviceaccount:jobs:runner',
    aud: [issuer],
    'kubernetes.io': { namespace: 'jobs', serviceaccount: { name: 'runner', uid: 'u-1' } },
  })
  expect([exp! - iat!, nbf, typeof jti]).toEqual([600, iat, 'string'])
  const der = first.publicKey.export({ type: 'spki', format: 'der' })
  const kid = createHash('sha256').update(der).digest('base64url')
  expect(decodeProtectedHeader(token)).toEqual({ alg: 'ES256', kid })
})

test.each<[string, () => KeyObject, string]>([
  ['RSA', () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, 'RS256'],
  ['P-256', () => ec().privateKey, 'ES256'],
  ['P-384', () => generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey, 'ES384'],
  ['P-521', () => generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey, 'ES512'],
  ['Ed25519', () => generateKeyPairSync('ed25519').privateKey, 'EdDSA'],
])('a key of type %s signs, in PEM too', async (_, make, alg) => {
  const pem = make().export({ type: 'pkcs8', format: 'pem' })
  const own = new ServiceAccountTokens({ issuer, signingKey: pem })
  const { token } = await own.issue(account)
  expect(decodeProtectedHeader(token).alg).toBe(alg)
  expect(await know(token, own)).toMatchObject({ user: { name: 'system:serviceaccount:jobs:runner' } })
})

test('tokens of a replaced key are taken as long as it stays among the verify keys', async () => {
  const { token } = await tokens.issue(account)
  const second = ec()
  const rotated = new ServiceAccountTokens({
    issuer,
    signingKey: second.privateKey,
    verifyKeys: [ec().publicKey, first.publicKey.export({ type: 'spki', format: 'pem' })],
  })
  expect(await know(token, rotated)).toBeDefined()
  expect(await know((await rotated.issue(account)).token, rotated)).toBeDefined()
  await expect(know((await rotated.issue(account)).token)).rejects.toThrow('signed by none of the keys')
  const moved = new ServiceAccountTokens({ issuer, signingKey: second.privateKey })
  await expect(know(token, moved)).rejects.toThrow('signed by none of the keys')
})

test('others can verify tokens by the published keys', async () => {
  const { token } = await tokens.issue(account)
  const keys = createLocalJWKSet(JSON.parse(JSON.stringify(tokens.jwks())) as JSONWebKeySet)
  expect((await jwtVerify(token, keys, { issuer })).payload.sub).toBe('system:serviceaccount:jobs:runner')
  expect(JSON.stringify(tokens.jwks())).not.toContain('"d"')
  expect(tokens.openIDConfiguration(`${issuer}/openid/v1/jwks`)).toEqual({
    issuer,
    jwks_uri: `${issuer}/openid/v1/jwks`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
  })
})

describe('audiences', () => {
  test('are what was asked for, and only they are answered', async () => {
    const { token } = await tokens.issue({ ...account, audiences: ['vault', issuer] })
    expect((await know(token))?.audiences).toEqual([issuer])
    expect((await know(token, tokens, ['vault', 'other']))?.audiences).toEqual(['vault'])
    await expect(know(token, tokens, ['other'])).rejects.toThrow('for other audiences')
  })

  test('are the own ones of the server when none are asked for', async () => {
    expect((await know((await tokens.issue({ ...account, audiences: [] })).token))?.audiences).toEqual([issuer])
  })

  test('of others are refused', async () => {
    const { token } = await tokens.issue({ ...account, audiences: ['vault'] })
    await expect(know(token)).rejects.toThrow('for other audiences')
  })
})

describe('a token', () => {
  const sign = (claims: Record<string, unknown>, header: Record<string, unknown> = {}, key = first.privateKey) => {
    const now = Math.floor(Date.now() / 1000)
    const payload = {
      iss: issuer,
      sub: 'system:serviceaccount:jobs:runner',
      aud: [issuer],
      exp: now + 600,
      'kubernetes.io': { namespace: 'jobs', serviceaccount: { name: 'runner' } },
      ...claims,
    }
    return new SignJWT(JSON.parse(JSON.stringify(payload))).setProtectedHeader({ alg: 'ES256', ...header }).sign(key)
  }

  test('of a former server, which names no key, is taken', async () => {
    expect(await know(await sign({}))).toMatchObject({ user: { name: 'system:serviceaccount:jobs:runner' } })
  })

  const now = Math.floor(Date.now() / 1000)
  test.each<[string, Record<string, unknown>]>([
    ['that has ended', { exp: now - 1 }],
    ['without an end', { exp: undefined }],
    ['of the future', { nbf: now + 3600 }],
    ['without audiences', { aud: undefined }],
    ['without an account', { 'kubernetes.io': undefined }],
    ['whose account is no object', { 'kubernetes.io': 'jobs/runner' }],
    ['of another subject', { sub: 'system:serviceaccount:jobs:admin' }],
    ['of another user', { sub: 'system:admin' }],
    [
      'of a name that breaks out of its namespace',
      {
        sub: 'system:serviceaccount:jobs:x:y',
        'kubernetes.io': { namespace: 'jobs:x', serviceaccount: { name: 'y' } },
      },
    ],
  ])('%s is refused', async (_, claims) => {
    await expect(know(await sign(claims))).rejects.toThrow()
  })

  test.each([
    ['of another issuer', () => sign({ iss: 'https://other.example.com' })],
    ['that is no JWT', () => 'abc'],
  ])('%s is left to others', async (_, make) => {
    expect(await know(await make())).toBeUndefined()
  })

  test('of a former issuer is taken when it is named', async () => {
    const token = await sign({ iss: 'https://old.example.com' })
    const named = new ServiceAccountTokens({
      issuer,
      formerIssuers: ['https://old.example.com'],
      signingKey: first.privateKey,
    })
    expect(await know(token, named)).toBeDefined()
  })

  test('of a stranger that names our key is refused', async () => {
    const { kid } = decodeProtectedHeader((await tokens.issue(account)).token)
    await expect(know(await sign({}, { kid }, ec().privateKey))).rejects.toThrow('signed by none of the keys')
  })

  test('signed by the public key as a secret, or not at all, is refused', async () => {
    const b64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const payload = (await sign({})).split('.')[1]
    const pem = first.publicKey.export({ type: 'spki', format: 'pem' })
    for (const header of [
      { alg: 'HS256' },
      { alg: 'HS256', kid: decodeProtectedHeader((await tokens.issue(account)).token).kid },
    ]) {
      const text = `${b64(header)}.${payload}`
      const signature = createHmac('sha256', pem).update(text).digest('base64url')
      await expect(know(`${text}.${signature}`)).rejects.toThrow()
    }
    await expect(know(`${b64({ alg: 'none' })}.${payload}.`)).rejects.toThrow()
  })

  test('by another algorithm than its key is for is refused', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const own = new ServiceAccountTokens({ issuer, signingKey: privateKey })
    expect(await know(await sign({}, { alg: 'RS256' }, privateKey), own)).toBeDefined()
    await expect(know(await sign({}, { alg: 'PS256' }, privateKey), own)).rejects.toThrow('none of the keys')
  })

  test('ends at its very second', async () => {
    const { token, expirationTimestamp } = await tokens.issue({ ...account, expirationSeconds: 600 })
    vi.useFakeTimers({ toFake: ['Date'], now: expirationTimestamp.getTime() - 1 })
    expect(await know(token)).toBeDefined()
    vi.setSystemTime(expirationTimestamp)
    await expect(know(token)).rejects.toThrow()
  })
})

test('an account that is no more is asked for, and its tokens are refused', async () => {
  const asked: unknown[] = []
  const looking = new ServiceAccountTokens({
    issuer,
    signingKey: first.privateKey,
    lookup: async (each) => {
      asked.push(each)
      return each.uid === 'u-1'
    },
  })
  expect(await know((await looking.issue(account)).token, looking)).toBeDefined()
  await expect(know((await looking.issue({ ...account, uid: 'u-2' })).token, looking)).rejects.toThrow('no more')
  expect(asked).toEqual([account, { ...account, uid: 'u-2' }])
})

test.each([
  [{ namespace: 'jobs:x', name: 'y' }, TypeError],
  [{ namespace: '', name: 'y' }, TypeError],
  [{ namespace: 'jobs', name: '../y' }, TypeError],
  [{ ...account, expirationSeconds: 599 }, RangeError],
  [{ ...account, expirationSeconds: 2 ** 32 + 1 }, RangeError],
  [{ ...account, expirationSeconds: Number.NaN }, RangeError],
])('no token is issued for %j', async (request, error) => {
  await expect(tokens.issue(request)).rejects.toThrow(error)
})

test.each<[string, KeyInput]>([
  ['a secret', createSecretKey(Buffer.alloc(32))],
  ['a public key', first.publicKey],
  ['a key that only agrees on keys', generateKeyPairSync('x25519').privateKey],
  ['a curve without an algorithm', generateKeyPairSync('ec', { namedCurve: 'secp224r1' }).privateKey],
  ['no PEM', 'secret'],
])('%s signs no tokens', (_, signingKey) => {
  expect(() => new ServiceAccountTokens({ issuer, signingKey })).toThrow()
})

test('a secret verifies no tokens', () => {
  const verifyKeys = [createSecretKey(Buffer.alloc(32))]
  expect(() => new ServiceAccountTokens({ issuer, signingKey: first.privateKey, verifyKeys })).toThrow('secrets')
})
