import { createHmac } from 'node:crypto'
import { SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { issuerOf, OIDCAuthenticator, type OIDCIssuer, type SigningAlgorithm } from '../../lib/authentication/index.js'
import { ecKey, type IssuerKey, json, jwkOf, rsaKey, signed, startIssuer, type TestIssuer } from './issuer.js'

let issuer: TestIssuer
const rsa = rsaKey('rsa')
beforeAll(async () => {
  issuer = await startIssuer([rsa])
})
afterAll(() => issuer.close())

const trusting = (more: Partial<OIDCIssuer> = {}, at = issuer) =>
  new OIDCAuthenticator({ url: at.url, audiences: ['api', 'cli'], insecureHTTP: true, ...more })
const userOf = async (token: string, more?: Partial<OIDCIssuer>) =>
  (await trusting(more).authenticateToken(token))?.user
const WELL_KNOWN = '/.well-known/openid-configuration'
const seconds = () => Math.floor(Date.now() / 1000)

describe('a user', () => {
  test('is the subject behind the issuer by default, in no groups', async () => {
    expect(await userOf(await issuer.sign({}))).toEqual({ name: `${issuer.url}#ann`, groups: [] })
  })

  test('is made of the claims that are named, behind their prefixes', async () => {
    const token = await issuer.sign({ name: 'ann', teams: ['dev', 'ops'], oid: 'u-1', tenant: 't', jti: 'id-1' })
    const user = await userOf(token, {
      username: { claim: 'name', prefix: 'oidc:' },
      groups: { claim: 'teams', prefix: 'team:' },
      uid: 'oid',
      extra: { 'example.com/tenant': 'tenant', 'example.com/none': 'absent' },
    })
    expect(user).toEqual({
      name: 'oidc:ann',
      uid: 'u-1',
      groups: ['team:dev', 'team:ops'],
      extra: { 'example.com/tenant': ['t'], 'authentication.kubernetes.io/credential-id': ['JTI=id-1'] },
    })
  })

  test('is made by functions of the claims', async () => {
    const token = await issuer.sign({ realm: { roles: ['a', 'b'] } })
    const user = await userOf(token, {
      username: ({ sub }) => `u-${sub}`,
      groups: ({ realm }) => (realm as { roles: string[] }).roles,
      uid: ({ aud }) => String(aud),
      extra: { 'example.com/n': ({ iss }) => [String(iss)] },
    })
    expect(user).toEqual({ name: 'u-ann', uid: 'api', groups: ['a', 'b'], extra: { 'example.com/n': [issuer.url] } })
  })

  test('may be in one group that is a text', async () => {
    expect(await userOf(await issuer.sign({ g: 'dev' }), { groups: { claim: 'g', prefix: '' } })).toMatchObject({
      groups: ['dev'],
    })
  })

  test('that is refused is told of by its issuer', async () => {
    const failure = userOf(await issuer.sign({}), { audiences: ['other'] })
    await expect(failure).rejects.toMatchObject({
      issuer: issuer.url,
      message: expect.stringMatching(new RegExp(`^oidc: issuer ${issuer.url}: .*aud`)),
    })
    const err = await failure.catch((err: unknown) => err)
    expect([issuerOf(err), issuerOf(new AggregateError([new Error('a'), err]))]).toEqual([issuer.url, issuer.url])
    expect(issuerOf(new Error('another'))).toBeUndefined()
  })

  test('has none of what its claims merely inherit', async () => {
    expect(await userOf(await issuer.sign({}), { groups: { claim: 'constructor', prefix: '' } })).toMatchObject({
      groups: [],
    })
  })

  const email = { username: { claim: 'email', prefix: '' } }
  test.each([{}, { email_verified: true }])(
    'has a verified address or one that is not spoken of (%j)',
    async (more) => {
      expect(await userOf(await issuer.sign({ email: 'a@b.c', ...more }), email)).toMatchObject({ name: 'a@b.c' })
    },
  )

  test.each([
    [{ email: 'a@b.c', email_verified: false }, email, 'email not verified'],
    [{ email: 'a@b.c', email_verified: 'true' }, email, 'email not verified'],
    [{}, email, 'claim email must be a text'],
    [{ sub: '' }, {}, 'claim sub must be a text'],
    [{ sub: 7 }, {}, '"sub"|claim sub'],
    [{ name: ['ann'] }, { username: { claim: 'name', prefix: '' } }, 'claim name must be a text'],
    [{}, { username: { claim: 'toString', prefix: '' } }, 'claim toString must be a text'],
    [{}, { username: { claim: '__proto__', prefix: '' } }, 'claim __proto__ must be a text'],
    [{ g: { a: 1 } }, { groups: { claim: 'g', prefix: '' } }, 'claim g must be a text or an array of texts'],
    [{ g: ['a', 1] }, { groups: { claim: 'g', prefix: '' } }, 'claim g must be a text or an array of texts'],
    [{}, { uid: 'oid' }, 'claim oid must be a text'],
    [{}, { requiredClaims: { hd: 'b.c' } }, 'required claim hd not present'],
    [{ hd: 'c.b' }, { requiredClaims: { hd: 'b.c' } }, 'required claim hd value does not match'],
    [{ hd: ['b.c'] }, { requiredClaims: { hd: 'b.c' } }, 'required claim hd value does not match'],
    [{}, { claimValidation: () => 'no' }, 'claims not valid: no'],
    [
      { name: 'system:admin' },
      {
        username: { claim: 'name', prefix: '' },
        userValidation: ({ name }: { name: string }) => (name.startsWith('system:') ? 'reserved' : undefined),
      },
      'user not valid: reserved',
    ],
  ] as [Record<string, unknown>, Partial<OIDCIssuer>, string][])(
    'is refused when %j meets %j',
    async (claims, more, message) => {
      await expect(userOf(await issuer.sign(claims), more)).rejects.toThrow(new RegExp(message))
    },
  )
})

describe('a token', () => {
  test.each([
    ['expired', { exp: seconds() - 1 }],
    ['without an end', { exp: undefined }],
    ['with an end that is no number', { exp: 'tomorrow' }],
    ['of the future', { nbf: seconds() + 3600 }],
    ['for another audience', { aud: 'other' }],
    ['for other audiences', { aud: ['x', 'API'] }],
    ['for no audience', { aud: undefined }],
  ])('%s is refused', async (_, claims) => {
    await expect(userOf(await issuer.sign(claims))).rejects.toThrow()
  })

  test('of an issuer whose clock is a little ahead is taken; its end is exact', async () => {
    expect(await userOf(await issuer.sign({ nbf: seconds() + 60 }))).toBeDefined()
    await expect(userOf(await issuer.sign({ exp: seconds() }))).rejects.toThrow('expired')
  })

  test('for any of our audiences is taken, and says when it ends', async () => {
    const exp = seconds() + 77
    const answer = await trusting().authenticateToken(await issuer.sign({ aud: ['x', 'cli'], exp }))
    expect(answer?.expiresAt).toBe(exp * 1000)
  })

  test.each([
    ['of another issuer', () => issuer.sign({ iss: 'https://elsewhere.example.com' })],
    ['whose issuer has a slash more', () => issuer.sign({ iss: `${issuer.url}/` })],
    ['whose issuer is a list', () => issuer.sign({ iss: [issuer.url] })],
    ['without issuer', () => issuer.sign({ iss: undefined })],
    ['that is no JWT', () => 'static-token'],
    ['of two parts', () => 'e30.e30'],
    ['of four parts', () => 'e30.e30.e30.e30'],
    ['whose payload is no JSON', () => `e30.${Buffer.from('{').toString('base64url')}.x`],
    ['whose payload is null', () => `e30.${Buffer.from('null').toString('base64url')}.x`],
    ['with nothing in it', () => '..'],
  ])('%s is left to others, and nobody is asked', async (_, make) => {
    const before = issuer.asked.configuration
    expect(await trusting().authenticateToken(await make())).toBeUndefined()
    expect(issuer.asked.configuration).toBe(before)
  })

  test('of Google may name it without a scheme, and no other may', async () => {
    const google = await startIssuer([ecKey()])
    const url = 'https://accounts.google.com'
    google.configuration = json({ issuer: url, jwks_uri: `${google.url}/keys` })
    const trusted = new OIDCAuthenticator({
      url,
      discoveryURL: `${google.url}${WELL_KNOWN}`,
      audiences: ['api'],
      insecureHTTP: true,
    })
    for (const iss of [url, 'accounts.google.com'])
      expect((await trusted.authenticateToken(await google.sign({ iss })))?.user.name).toBe(`${url}#ann`)
    expect(await trusted.authenticateToken(await google.sign({ iss: 'http://accounts.google.com' }))).toBeUndefined()
    expect(await trusting().authenticateToken(await issuer.sign({ iss: new URL(issuer.url).host }))).toBeUndefined()
    await google.close()
  })

  const b64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = () => b64({ iss: issuer.url, sub: 'ann', aud: 'api', exp: seconds() + 60 })
  const publicPEM = () => rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const hmac = (header: object, secret: string) => {
    const text = `${b64(header)}.${claims()}`
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
  }

  test.each([
    ['alg none', () => `${b64({ alg: 'none' })}.${claims()}.`],
    ['alg None', () => `${b64({ alg: 'None', kid: 'rsa' })}.${claims()}.`],
    ['no alg', () => `${b64({ kid: 'rsa' })}.${claims()}.x`],
    ['the public key as the secret of an HMAC', () => hmac({ alg: 'HS256', kid: 'rsa' }, publicPEM())],
    ['the public key, trimmed, as the secret of an HMAC', () => hmac({ alg: 'HS256', kid: 'rsa' }, publicPEM().trim())],
    ['another algorithm named than its key has', () => hmac({ alg: 'ES256', kid: 'rsa' }, 'x')],
    ['a critical header that nobody knows', () => hmac({ alg: 'RS256', kid: 'rsa', crit: ['x'], x: 1 }, 'x')],
    ['a header that is no JSON', () => `${Buffer.from('{').toString('base64url')}.${claims()}.x`],
  ])('with %s is refused', async (_, make) => {
    await expect(userOf(make())).rejects.toThrow()
  })

  test('that brings its own key is refused', async () => {
    const own = ecKey('rsa')
    const token = await new SignJWT({ sub: 'ann', iss: issuer.url, aud: 'api' })
      .setProtectedHeader({ alg: 'ES256', kid: 'rsa', jwk: own.publicKey.export({ format: 'jwk' }) as never })
      .setExpirationTime('1h')
      .sign(own.privateKey)
    await expect(userOf(token)).rejects.toThrow()
  })

  test('that was changed is refused', async () => {
    const [header, , signature] = (await issuer.sign({})).split('.')
    await expect(userOf(`${header}.${claims()}.${signature}`)).rejects.toThrow()
  })

  test('by an algorithm that is not allowed is refused', async () => {
    await expect(userOf(await issuer.sign({}), { algorithms: ['ES256'] })).rejects.toThrow()
  })
})

describe('the keys of an issuer', () => {
  const running: TestIssuer[] = []
  const pass = (milliseconds: number) => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + milliseconds })
  }
  afterEach(() => void vi.useRealTimers())
  afterAll(async () => {
    for (const each of running) await each.close()
  })
  async function fresh(keys: readonly IssuerKey[] = [ecKey()], more: Partial<OIDCIssuer> = {}) {
    const own = await startIssuer(keys)
    running.push(own)
    return { own, authenticator: trusting(more, own) }
  }

  test('are asked for once, by the first token, however many come at once', async () => {
    const { own, authenticator } = await fresh()
    expect(own.asked.jwks).toBe(0)
    const tokens = await Promise.all([1, 2, 3, 4].map((n) => own.sign({ sub: `u${n}` })))
    const users = await Promise.all(tokens.map((token) => authenticator.authenticateToken(token)))
    expect(users.map((each) => each?.user.name)).toEqual([1, 2, 3, 4].map((n) => `${own.url}#u${n}`))
    expect(own.asked).toEqual({ configuration: 1, jwks: 1 })
  })

  test('are asked for again when a token names one that is not known', async () => {
    const { own, authenticator } = await fresh([ecKey()], { keysCooldownSeconds: 0 })
    await authenticator.authenticateToken(await own.sign({}))
    own.keys = [ecKey(), ...own.keys]
    expect(await authenticator.authenticateToken(await own.sign({}))).toBeDefined()
    expect(own.asked.jwks).toBe(2)
  })

  test('are asked for again when one without a name no longer fits', async () => {
    const unnamed = () => ({ ...ecKey(), kid: undefined })
    const { own, authenticator } = await fresh([unnamed()], { keysCooldownSeconds: 0 })
    await authenticator.authenticateToken(await own.sign({}))
    own.keys = [unnamed()]
    expect(await authenticator.authenticateToken(await own.sign({}))).toBeDefined()
  })

  test('that were taken away are not believed once they are old', async () => {
    const { own, authenticator } = await fresh([ecKey()], { keysCooldownSeconds: 0, keysMaxAgeSeconds: 0.05 })
    const token = await own.sign({})
    expect(await authenticator.authenticateToken(token)).toBeDefined()
    own.keys = [ecKey()]
    pass(60)
    await expect((async () => authenticator.authenticateToken(token))()).rejects.toThrow()
  })

  test('are asked for by a flood of unknown names no more often than the cooldown allows', async () => {
    const { own, authenticator } = await fresh()
    await authenticator.authenticateToken(await own.sign({}))
    const strangers = await Promise.all(
      [...Array(50)].map((_, i) => signed({ ...own.keys[0]!, kid: `k${i}` }, { iss: own.url })),
    )
    const outcomes = await Promise.allSettled(strangers.map(async (token) => authenticator.authenticateToken(token)))
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true)
    expect(own.asked.jwks).toBe(1)
    expect(await authenticator.authenticateToken(await own.sign({}))).toBeDefined()
  })

  test('are tried one by one for a token that names none', async () => {
    const keys = [ecKey(), ecKey(), ecKey()]
    const { own, authenticator } = await fresh(keys)
    const sign = (key: IssuerKey) => own.sign({}, { ...key, kid: undefined })
    for (const key of keys) expect(await authenticator.authenticateToken(await sign(key))).toBeDefined()
    await expect((async () => authenticator.authenticateToken(await sign(ecKey())))()).rejects.toThrow()
  })

  test('stay good while their issuer is down, but for new ones', async () => {
    const { own, authenticator } = await fresh([ecKey()], { keysMaxAgeSeconds: 0, keysCooldownSeconds: 0 })
    await authenticator.authenticateToken(await own.sign({}))
    own.jwks = (_, res) => void res.writeHead(503).end()
    expect(await authenticator.authenticateToken(await own.sign({}))).toBeDefined()
    await expect((async () => authenticator.authenticateToken(await own.sign({}, ecKey())))()).rejects.toThrow()
  })

  test('in hand are not waited for again while their issuer is down', async () => {
    // Whoever waits, waits longer than a test may take.
    const { own, authenticator } = await fresh([ecKey()], { timeoutMs: 600_000 })
    const token = await own.sign({ exp: seconds() + 86_400 })
    const ask = async () => authenticator.authenticateToken(token)
    await ask()
    own.configuration = (_, res) => void res.writeHead(503).end()
    pass(601_000)
    expect(await ask()).toBeDefined()
    own.configuration = () => {}
    pass(11_000)
    expect(await ask()).toBeDefined()
    await expect.poll(() => own.asked.configuration).toBe(3)
  })

  test('are not believed for ever while their issuer is down', async () => {
    const { own, authenticator } = await fresh()
    const token = await own.sign({ exp: seconds() + 1_000_000 })
    const ask = async () => authenticator.authenticateToken(token)
    await ask()
    own.configuration = (_, res) => void res.writeHead(503).end()
    pass(23 * 3600 * 1000)
    expect(await ask()).toBeDefined()
    pass(2 * 3600 * 1000)
    await expect(ask()).rejects.toThrow('503')
  })

  /** Good keys, in an answer that is not. */
  const keysOf = (own: TestIssuer) => JSON.stringify({ keys: own.keys.map(jwkOf) })
  const misbehaving: [string, (own: TestIssuer) => void][] = [
    ['answer 500', (own) => (own.jwks = (_, res) => void res.writeHead(500).end())],
    [
      'lead elsewhere',
      (own) => (own.jwks = (_, res) => void res.writeHead(302, { location: '/keys2' }).end(keysOf(own))),
    ],
    ['are huge', (own) => (own.jwks = (_, res) => void res.end(keysOf(own) + ' '.repeat(300_000)))],
    ['never come', (own) => (own.jwks = () => {})],
    ['never end', (own) => (own.jwks = (_, res) => void res.write('{"keys":'))],
    ['break off', (own) => (own.jwks = (_, res) => void res.write('{', () => res.destroy()))],
    ['are no JSON', (own) => (own.jwks = (_, res) => void res.end('<html>'))],
    ['are no list', (own) => (own.jwks = json({ keys: {} }))],
    ['are null', (own) => (own.jwks = json(null))],
    ['are too many', (own) => (own.jwks = json({ keys: Array(33).fill(jwkOf(own.keys[0]!)) }))],
    ['are secrets', (own) => (own.jwks = json({ keys: [{ kty: 'oct', k: 'c2VjcmV0', kid: own.keys[0]!.kid }] }))],
    [
      'are of another issuer',
      (own) => (own.configuration = json({ issuer: 'https://x.example.com', jwks_uri: `${own.url}/keys` })),
    ],
    ['are nowhere', (own) => (own.configuration = json({ issuer: own.url }))],
    ['are in a file', (own) => (own.configuration = json({ issuer: own.url, jwks_uri: 'file:///etc/passwd' }))],
  ]
  test.each(misbehaving)('that %s make a token bad, in bounded time', async (_, misbehave) => {
    const { own, authenticator } = await fresh([ecKey()], { timeoutMs: 100 })
    misbehave(own)
    await expect((async () => authenticator.authenticateToken(await own.sign({})))()).rejects.toThrow()
  })

  test('that could not be had are asked for again after the cooldown alone', async () => {
    const { own, authenticator } = await fresh()
    const token = await own.sign({})
    const ask = async () => authenticator.authenticateToken(token)
    own.jwks = (_, res) => void res.writeHead(500).end()
    for (let i = 0; i < 5; i++) await expect(ask()).rejects.toThrow('500')
    expect(own.asked.jwks).toBe(1)
    own.jwks = undefined
    await expect(ask()).rejects.toThrow('500')
    pass(10_001)
    expect(await ask()).toBeDefined()
  })
})

describe('an issuer is not taken that', () => {
  const wrong: [string, Partial<OIDCIssuer>, string][] = [
    ['is reached by http', { insecureHTTP: false }, 'must be reached by https'],
    ['is no URL', { url: 'accounts' }, 'is no URL'],
    ['is a file', { url: 'file:///x' }, 'must be reached by https'],
    ['holds a password', { url: 'https://a:b@x.example.com' }, 'must hold no user'],
    ['has a query', { url: 'https://x.example.com/?a=b' }, 'must have no query'],
    ['has no audience', { audiences: [] }, 'must be a list of at least one audience'],
    ['signs with secrets', { algorithms: ['HS256' as SigningAlgorithm] }, 'HS256 is no algorithm with a public key'],
    ['does not sign', { algorithms: ['none' as SigningAlgorithm] }, 'none is no algorithm with a public key'],
    ['has an extra key without a domain', { extra: { tenant: 'x' } }, 'must be a path behind a domain'],
    ['has an extra key without a path', { extra: { 'example.com/': 'x' } }, 'must be a path behind a domain'],
    ['has an extra key whose domain is none', { extra: { '-/x': 'x' } }, 'must be a path behind a domain'],
    ['has an extra key in upper case', { extra: { 'example.com/Tenant': 'x' } }, 'must be in lower case'],
    ['has a mapping of no claim', { groups: { claim: '', prefix: '' } }, 'must not be empty'],
    ['has a mapping of no claim to the uid', { uid: '' }, 'must not be empty'],
    ['requires no claim', { requiredClaims: { '': 'x' } }, 'must not be empty'],
    ['has no list of audiences', { audiences: undefined as never }, 'must be a list of at least one audience'],
    ['has a text for its audiences', { audiences: 'api' as never }, 'must be a list of at least one audience'],
    [
      'has a claim’s name without a prefix',
      { username: 'email' as never },
      "`username` must be { claim: 'email', prefix",
    ],
    ['has no prefix of groups', { groups: { claim: 'g' } as never }, '`groups` must be { claim'],
    ['is nowhere', { url: undefined as never }, 'issuer undefined: undefined is no URL'],
    ['has an audience twice', { audiences: ['a', 'a'] }, 'must be different'],
    ['has an empty audience', { audiences: ['a', ''] }, 'none empty'],
    ["sets Kubernetes' own keys", { extra: { 'authentication.kubernetes.io/x': 'x' } }, 'is reserved for Kubernetes'],
  ]
  test.each(wrong)('%s', (_, more, message) => {
    expect(() => trusting(more)).toThrow(message)
    expect(() => trusting(more)).toThrow(/^authentication\.oidc: issuer /)
  })

  test('is named, but for what may be a password', () => {
    expect(() => trusting({ url: 'https://ann:secret@x.example.com' })).toThrow('issuer https://x.example.com/: ')
    expect(() => trusting({ audiences: [] })).toThrow(`issuer ${issuer.url}/: `)
  })
})
