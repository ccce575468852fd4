import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type AuthenticationOptions,
  authenticatorOf,
  compressUsername,
  ServiceAccountTokens,
} from '../../lib/authentication/index.js'
import { startIssuer, type TestIssuer } from './issuer.js'
import { bearer, contextAt, requestWith, tokensOf } from './requests.js'

const ANONYMOUS = { name: 'system:anonymous', groups: ['system:unauthenticated'] }
const tokens = [{ token: 'tok', user: { name: 'ann', groups: ['dev'] } }]
const signingKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const serviceAccounts = new ServiceAccountTokens({ issuer: 'https://api.example.com', signingKey })

const ask = async (options: AuthenticationOptions, request = requestWith(), path = '/') =>
  (await authenticatorOf(options).authenticateRequest(request, contextAt(path)))?.user

describe('who shows nothing', () => {
  test('is anonymous where anonymous says so and no other way is given', async () => {
    expect(await ask({ anonymous: true })).toEqual(ANONYMOUS)
  })

  test.each<[options: object, named: string]>([
    [{}, 'request: give at least one of authenticate, '],
    [{ tokenFile: undefined }, '(tokenFile is undefined)'],
    [{ tokenFile: undefined, oidc: [], tokens: null }, '(tokenFile is undefined, oidc is empty, tokens is null)'],
    [{ tokenFile: undefined, anonymous: false, audiences: ['a'] }, '(tokenFile is undefined)'],
  ])('is nobody to be let in by %j, which names no way: it is refused', (options, named) => {
    expect(() => authenticatorOf(options)).toThrow(named)
  })

  test('is nobody where there are ways, unless it is allowed', async () => {
    expect(await ask({ tokens })).toBeUndefined()
    expect(await ask({ tokens, anonymous: true })).toEqual(ANONYMOUS)
  })

  test('is anonymous on the paths that are named, and nowhere near them', async () => {
    const options = { tokens, anonymous: { paths: ['/livez'] } }
    expect(await ask(options, requestWith(), '/livez')).toEqual(ANONYMOUS)
    for (const path of ['/', '/livez/', '/livez/ping', '/Livez', '//livez', '/livez/../api', ''])
      expect(await ask(options, requestWith(), path), path).toBeUndefined()
  })
})

test('bad credentials are not anonymous', async () => {
  await expect(ask({ tokens, anonymous: true }, bearer('bad'))).rejects.toThrow('invalid bearer token')
})

test('whoever is known gets the group of all who are, once', async () => {
  expect((await ask({ tokens }, bearer('tok')))?.groups).toEqual(['dev', 'system:authenticated'])
  const groups = ['system:authenticated', 'dev']
  expect((await ask({ authenticate: () => ({ name: 'ann', groups }) }))?.groups).toEqual(groups)
  const unauthenticated = { name: 'x', groups: ['system:unauthenticated'] }
  expect(await ask({ authenticate: () => unauthenticated })).toEqual(unauthenticated)
})

test('a token that is known already is answered in the same turn, by the same object', async () => {
  const authenticator = authenticatorOf({ serviceAccounts })
  const { token } = await serviceAccounts.issue({ namespace: 'jobs', name: 'runner' })
  const first = await authenticator.authenticateRequest(bearer(token), contextAt())
  expect(authenticator.authenticateRequest(bearer(token), contextAt())).toBe(first)
  expect(first?.user.groups.at(-1)).toBe('system:authenticated')
})

test('a cache that is switched off remembers nobody', async () => {
  const counting = tokensOf({ tok: 'ann' })
  const authenticator = authenticatorOf({ tokenAuthenticators: [counting], tokenCache: false })
  for (let i = 0; i < 3; i++) await authenticator.authenticateRequest(bearer('tok'), contextAt())
  expect(counting.asked).toBe(3)
})

test("what is shown goes before the host's login", async () => {
  const authenticate = () => 'host-user'
  expect(await ask({ tokens, authenticate }, bearer('tok'))).toMatchObject({ name: 'ann' })
  expect(await ask({ tokens, authenticate })).toMatchObject({ name: 'host-user' })
})

test("a login that fails is bad credentials, while a token of the host's own kind is the host's to know", async () => {
  const failing = () => {
    throw new Error('session store is away')
  }
  await expect(ask({ authenticate: failing, anonymous: true })).rejects.toThrow('session store is away')
  expect(await ask({ tokens, authenticate: () => 'host-user' }, bearer('host-token'))).toMatchObject({
    name: 'host-user',
  })
})

test('own ways are asked too', async () => {
  const byHeader = {
    authenticateRequest: ({ headers }: { headers: Record<string, unknown> }) =>
      headers['x-own'] === 'ann' ? { user: { name: 'ann', groups: [] } } : undefined,
  }
  expect(await ask({ authenticators: [byHeader] }, requestWith({ 'x-own': 'ann' }))).toMatchObject({ name: 'ann' })
})

test('tokens of a file are known beside those of the list', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-tokens-'))
  try {
    const tokenFile = join(folder, 'tokens.csv')
    writeFileSync(tokenFile, 'file-tok,bob,2,"ops"\n')
    const options = { tokens, tokenFile }
    expect(await ask(options, bearer('file-tok'))).toEqual({
      name: 'bob',
      uid: '2',
      groups: ['ops', 'system:authenticated'],
    })
    expect(await ask(options, bearer('tok'))).toMatchObject({ name: 'ann' })
    expect(() => authenticatorOf({ tokenFile: join(folder, 'none.csv') })).toThrow('ENOENT')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

describe('audiences', () => {
  test('are those of the tokens that the server signs, unless they are given', () => {
    expect(authenticatorOf({ serviceAccounts }).audiences).toEqual(['https://api.example.com'])
    expect(authenticatorOf({ serviceAccounts, audiences: ['a'] }).audiences).toEqual(['a'])
    expect(authenticatorOf({ tokens }).audiences).toEqual([])
  })

  test('that are given are compared with those of signed tokens', async () => {
    const options = { serviceAccounts, audiences: ['a'] }
    const issue = async (audience: string) =>
      (await serviceAccounts.issue({ namespace: 'jobs', name: 'runner', audiences: [audience] })).token
    expect(await ask(options, bearer(await issue('a')))).toBeDefined()
    await expect(ask(options, bearer(await issue('b')))).rejects.toThrow('for other audiences')
  })

  test('of a review are narrowed for tokens that know of none', async () => {
    const { tokens: known } = authenticatorOf({ tokens, audiences: ['a', 'b'] })
    expect(await known?.authenticateToken('tok', ['b', 'c'])).toMatchObject({ audiences: ['b'] })
    expect(await known?.authenticateToken('tok', ['c'])).toBeUndefined()
    expect(await known?.authenticateToken('tok')).not.toHaveProperty('audiences')
  })
})

test('where no kind of token is taken there is nobody to ask about one', () => {
  expect(authenticatorOf({ authenticate: () => 'ann' }).tokens).toBeUndefined()
})

describe('several issuers', () => {
  let one: TestIssuer
  let two: TestIssuer
  beforeAll(async () => {
    one = await startIssuer()
    two = await startIssuer()
  })
  afterAll(async () => {
    await one.close()
    await two.close()
  })
  const trust = (issuer: TestIssuer, prefix: string) => ({
    url: issuer.url,
    audiences: ['api'],
    username: { claim: 'sub', prefix },
    insecureHTTP: true,
  })

  test('are each asked about their own tokens alone', async () => {
    const options = { tokens, serviceAccounts, oidc: [trust(one, 'one:'), trust(two, 'two:')] }
    const authenticator = authenticatorOf(options)
    const nameOf = async (token: string) =>
      (await authenticator.authenticateRequest(bearer(token), contextAt()))?.user.name
    expect(await nameOf(await one.sign({}))).toBe('one:ann')
    expect(two.asked.configuration).toBe(0)
    expect(await nameOf(await two.sign({}))).toBe('two:ann')
    expect(await nameOf('tok')).toBe('ann')
    const { token } = await serviceAccounts.issue({ namespace: 'jobs', name: 'runner' })
    expect(await nameOf(token)).toBe('system:serviceaccount:jobs:runner')
  })

  test('cannot speak for one another', async () => {
    const forged = await one.sign({ iss: two.url })
    const outcome = ask({ oidc: [trust(one, ''), trust(two, '')] }, bearer(forged))
    await expect(outcome).rejects.toThrow()
  })

  test('must differ', () => {
    expect(() => authenticatorOf({ oidc: [trust(one, ''), trust(one, 'x')] })).toThrow('is given twice')
    const own = { ...trust(one, ''), url: 'https://api.example.com' }
    expect(() => authenticatorOf({ serviceAccounts, oidc: [own] })).toThrow('is given twice')
    const { privateKey: signingKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const renamed = new ServiceAccountTokens({
      issuer: 'https://new.example.com',
      formerIssuers: [own.url],
      signingKey,
    })
    expect(() => authenticatorOf({ serviceAccounts: renamed, oidc: [own] })).toThrow('is given twice')
  })

  test('must not be discovered in one place, nor at their own name', () => {
    const at = (discoveryURL: string, issuer = one) => ({ ...trust(issuer, ''), discoveryURL })
    const both = [at('https://x.example.com'), at('https://x.example.com', two)]
    expect(() => authenticatorOf({ oidc: both })).toThrow('is given to two issuers')
    expect(() => authenticatorOf({ oidc: [at(one.url)] })).toThrow('must be another one')
  })
})

test.each([
  ['admin', 'admin'],
  ['kubelet', 'kubelet'],
  ['ann@example.com', 'email_id'],
  ['ann', 'other'],
  ['system:serviceaccount:jobs:runner', 'other'],
])('the label of %s is %s', (name, label) => {
  expect(compressUsername(name)).toBe(label)
})
