import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { OIDCAuthenticator, type OIDCIssuer } from '../../lib/authentication/index.js'
import { type ListeningServer, listenOn } from '../support/server.js'
import { ecKey, startIssuer, type TestIssuer } from './issuer.js'

let issuer: TestIssuer
let directory: TestIssuer
let source: ListeningServer
/** What the source of claims was asked, and what it answers. */
const asked: { url: string | undefined; authorization: string | undefined; key: unknown }[] = []
type Answer = (req: IncomingMessage, res: ServerResponse) => void
let answer: Answer
beforeAll(async () => {
  issuer = await startIssuer()
  directory = await startIssuer()
  source = await listenOn((req, res) => {
    asked.push({ url: req.url, authorization: req.headers.authorization, key: req.headers['x-api-key'] })
    answer(req, res)
  })
})
afterAll(async () => {
  for (const each of [issuer, directory, source]) await each.close()
})
afterEach(() => {
  asked.length = 0
  vi.useRealTimers()
})

const groups = { claim: 'groups', prefix: 'g:' }
const trusting = (more: Partial<OIDCIssuer> = {}) =>
  new OIDCAuthenticator({ url: issuer.url, audiences: ['api'], groups, insecureHTTP: true, ...more })
/** Claims that only say where the groups are. */
const elsewhere = (more: Record<string, unknown> = {}) => ({
  _claim_names: { groups: 'src1' },
  _claim_sources: { src1: { endpoint: `${source.url}/groups`, access_token: 'let-me', ...more } },
})
const groupsOf = async (claims: Record<string, unknown>, authenticator = trusting()) =>
  (await authenticator.authenticateToken(await issuer.sign(claims)))?.user.groups
/** A token that the directory has signed. */
const tokenOf =
  (claims: Record<string, unknown>, by: () => TestIssuer = () => directory): Answer =>
  (_, res) =>
    void by()
      .sign(claims)
      .then((token) => res.setHeader('content-type', 'application/jwt').end(token))
const answering = (...signed: Parameters<typeof tokenOf>) => {
  answer = tokenOf(...signed)
}

describe('groups that a token only names a source for', () => {
  test.each([
    ['the same issuer', () => issuer],
    ['another issuer, by its own keys', () => directory],
  ])('are fetched with the access token, signed by %s', async (_, by) => {
    answering({ groups: ['dev', 'ops'] }, by)
    expect(await groupsOf(elsewhere())).toEqual(['g:dev', 'g:ops'])
    expect(asked).toEqual([{ url: '/groups', authorization: 'Bearer let-me', key: undefined }])
  })

  test('are fetched without credentials where the token has none for it; headers for the issuer stay with it', async () => {
    answering({ groups: 'dev' })
    const authenticator = trusting({ headers: { 'x-api-key': 'secret' } })
    expect(await groupsOf(elsewhere({ access_token: undefined }), authenticator)).toEqual(['g:dev'])
    expect(asked).toEqual([{ url: '/groups', authorization: undefined, key: undefined }])
  })

  test('are there for the rules as if the token had said them', async () => {
    answering({ groups: ['dev'] })
    const claimValidation = (claims: Readonly<Record<string, unknown>>) => `saw ${String(claims.groups)}`
    await expect(groupsOf(elsewhere(), trusting({ claimValidation }))).rejects.toThrow('saw dev')
  })

  test('make the answer end with them', async () => {
    const exp = Math.floor(Date.now() / 1000) + 60
    answering({ groups: ['dev'], exp })
    const known = await trusting().authenticateToken(await issuer.sign(elsewhere()))
    expect(known?.expiresAt).toBe(exp * 1000)
  })
})

describe('nothing is fetched', () => {
  const unused = [
    ['where the token says the claim itself', () => ({ ...elsewhere(), groups: ['own'] }), ['g:own']],
    ['for another claim', () => ({ ...elsewhere(), _claim_names: { roles: 'src1' } }), []],
    ['for an aggregated claim', () => elsewhere({ endpoint: undefined, JWT: 'x.y.z' }), []],
    ['where no names are given', () => ({ _claim_sources: elsewhere()._claim_sources }), []],
    ['where the names are null', () => ({ ...elsewhere(), _claim_names: null }), []],
  ] as const
  test.each(unused)('%s', async (_, claims, expected) => {
    expect(await groupsOf(claims())).toEqual(expected)
    expect(asked).toEqual([])
  })

  test('where it is not wanted, or the groups are made by a function or of none', async () => {
    expect(await groupsOf(elsewhere(), trusting({ distributedClaims: false }))).toEqual([])
    expect(await groupsOf(elsewhere(), trusting({ groups: () => ['made'] }))).toEqual(['made'])
    const { groups: _, ...none } = { url: issuer.url, audiences: ['api'], groups, insecureHTTP: true }
    expect(await groupsOf(elsewhere(), new OIDCAuthenticator(none))).toEqual([])
    expect(asked).toEqual([])
  })
})

describe('a token is refused', () => {
  test.each([
    ['whose names are no object', { _claim_names: ['groups'] }, '_claim_names is no object'],
    ['without sources', { _claim_sources: undefined }, '_claim_sources is no object'],
    ['whose name has no source', { _claim_names: { groups: 'constructor' } }, 'no source of claim groups'],
    ['whose name is no text', { _claim_names: { groups: 1 } }, 'no source of claim groups'],
    ['whose source is no object', { _claim_sources: { src1: 'x' } }, 'no source of claim groups'],
    ['whose endpoint is no text', { _claim_sources: { src1: { endpoint: {} } } }, 'not made of texts'],
    ['whose endpoint is no URL', { _claim_sources: { src1: { endpoint: 'x' } } }, 'is no URL'],
    ['whose endpoint is a file', { _claim_sources: { src1: { endpoint: 'file:///etc/passwd' } } }, 'by https'],
    [
      'whose endpoint is by http elsewhere',
      { _claim_sources: { src1: { endpoint: 'http://example.com/' } } },
      'by https',
    ],
    [
      'whose endpoint looks like loopback',
      { _claim_sources: { src1: { endpoint: 'http://127.0.0.1.example.com' } } },
      'by https',
    ],
    ['whose endpoint has a password', { _claim_sources: { src1: { endpoint: 'https://a:b@example.com' } } }, 'no user'],
    [
      'whose access token breaks out of its header',
      { _claim_sources: { src1: { endpoint: 'http://127.0.0.1:1/', access_token: 'a\r\nx: y' } } },
      'Invalid character',
    ],
  ])('%s', async (_, claims, message) => {
    await expect(groupsOf({ ...elsewhere(), ...claims })).rejects.toThrow(message)
    expect(asked).toEqual([])
  })

  test('for a source by http that is not allowed', async () => {
    const secure = trusting({ insecureHTTP: 'loopback' })
    expect(() => trusting({ insecureHTTP: false })).toThrow('by https')
    await expect(groupsOf(elsewhere({ endpoint: 'http://192.0.2.1/' }), secure)).rejects.toThrow('by https')
  })

  const badAnswers: [string, Answer, string][] = [
    ['is for another audience', tokenOf({ groups: ['dev'], aud: 'other' }), '"aud"'],
    ['has expired', tokenOf({ groups: ['dev'], exp: 1 }), '"exp"'],
    ['does not have the claim', tokenOf({ roles: ['dev'] }), 'does not have it'],
    ['is of a type that groups cannot be', tokenOf({ groups: { a: 1 } }), 'must be a text or an array'],
    ['is of no issuer', tokenOf({ groups: ['dev'], iss: undefined }), 'no JWT with an issuer'],
    ['is of an issuer that cannot be asked', tokenOf({ groups: ['dev'], iss: 'https://127.0.0.1:1' }), '127.0.0.1'],
    ['is of an issuer by http elsewhere', tokenOf({ groups: ['dev'], iss: 'http://example.com' }), 'by https'],
    ['is no token', (_, res) => void res.end('{"groups":["dev"]}'), 'no JWT'],
    ['is too long', (_, res) => void res.end('x'.repeat(300_000)), 'more than'],
    ['is an error', (_, res) => void res.writeHead(500).end(), 'answered 500'],
    ['leads elsewhere', (_, res) => void res.writeHead(302, { location: '/other' }).end(), 'answered 302'],
    ['breaks off', (_, res) => void res.destroy(), 'hang up'],
  ]
  test.each(badAnswers)('whose source answers what %s', async (_, misbehaving, message) => {
    answer = misbehaving
    await expect(groupsOf(elsewhere())).rejects.toThrow(message)
  })

  test('whose source is signed by a key that its issuer does not have', async () => {
    const stranger = ecKey()
    answer = (_, res) => void directory.sign({ groups: ['dev'] }, stranger).then((token) => res.end(token))
    await expect(groupsOf(elsewhere())).rejects.toThrow('distributed claim groups')
  })

  test('whose source never ends to answer, in time', async () => {
    answer = (_, res) => void res.write('eyJ')
    await expect(groupsOf(elsewhere(), trusting({ timeoutMs: 50 }))).rejects.toThrow('no whole answer in 50 ms')
  })

  test('and what was shown to the source stays out of the error', async () => {
    answer = (_, res) => void res.writeHead(403).end('let-me')
    const failure = await groupsOf(elsewhere()).catch((err: Error) => err)
    expect(String(failure)).not.toContain('let-me')
    expect(String(failure)).not.toContain('/groups')
  })
})

describe('what a source has answered', () => {
  const pass = (milliseconds: number) => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + milliseconds })

  test('is asked for once, however many tokens come at once, and again when it is old', async () => {
    answering({ groups: ['dev'] })
    const authenticator = trusting()
    const all = await Promise.all([1, 2, 3].map((n) => groupsOf({ ...elsewhere(), sub: `u${n}` }, authenticator)))
    expect(all).toEqual([['g:dev'], ['g:dev'], ['g:dev']])
    expect(asked).toHaveLength(1)
    pass(61_000)
    await groupsOf(elsewhere(), authenticator)
    expect(asked).toHaveLength(2)
  })

  test('is not believed for longer than it says', async () => {
    answering({ groups: ['dev'], exp: Math.floor(Date.now() / 1000) + 30 })
    const authenticator = trusting({ distributedClaims: { cacheSeconds: 3600 } })
    await groupsOf(elsewhere(), authenticator)
    answering({ groups: ['ops'] })
    pass(31_000)
    expect(await groupsOf(elsewhere(), authenticator)).toEqual(['g:ops'])
  })

  test('is not for those who show another access token', async () => {
    answering({ groups: ['dev'] })
    const authenticator = trusting()
    await groupsOf(elsewhere(), authenticator)
    answering({ groups: ['ops'] })
    expect(await groupsOf(elsewhere({ access_token: 'other' }), authenticator)).toEqual(['g:ops'])
  })

  test('is not waited for again soon when it was a failure', async () => {
    answer = (_, res) => void res.writeHead(503).end()
    const authenticator = trusting()
    for (let i = 0; i < 3; i++) await expect(groupsOf(elsewhere(), authenticator)).rejects.toThrow('503')
    expect(asked).toHaveLength(1)
    answering({ groups: ['dev'] })
    pass(6_000)
    expect(await groupsOf(elsewhere(), authenticator)).toEqual(['g:dev'])
  })
})

test('a flood of tokens with sources of their own asks no more than 100 at once', async () => {
  const waiting: ServerResponse[] = []
  answer = (_, res) => void waiting.push(res)
  const authenticator = trusting({ timeoutMs: 60_000 })
  const ask = (n: number) => groupsOf(elsewhere({ endpoint: `${source.url}/${n}` }), authenticator)
  const first = [...Array(100).keys()].map((n) => ask(n).catch(() => undefined))
  await expect.poll(() => waiting.length).toBeGreaterThanOrEqual(100)
  await expect(ask(100)).rejects.toThrow('too many distributed claims')
  for (const res of waiting) res.writeHead(500).end()
  await Promise.all(first)
})
