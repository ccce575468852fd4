import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createTLSServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type TokenReviewOptions, tokenReviewWebhook } from '../../lib/authentication/index.js'
import { type ListeningServer, listenOn } from '../support/server.js'
import { testCertificates } from './certificates.js'

interface Review {
  readonly spec: { readonly token: string; readonly audiences?: readonly string[] }
}

type Answer = (review: Review, res: ServerResponse) => void

const asked: { review: Review; req: IncomingMessage }[] = []
let answers: Answer[] = []
let server: ListeningServer

const status =
  (status: object): Answer =>
  (review, res) =>
    void res.end(JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', ...review, status }))
const known = status({
  authenticated: true,
  user: { username: 'ann', uid: '1', groups: ['dev'], extra: { 'example.com/tenant': ['t'] } },
})
const code =
  (code: number): Answer =>
  (_, res) =>
    void res.writeHead(code).end()

/** The last answer stays. */
async function respond(req: IncomingMessage, res: ServerResponse): Promise<void> {
  let text = ''
  for await (const chunk of req) text += String(chunk)
  const review = JSON.parse(text) as Review
  asked.push({ review, req })
  const answer = answers.length > 1 ? answers.shift() : answers[0]
  answer?.(review, res)
}

beforeAll(async () => {
  server = await listenOn((req, res) => void respond(req, res))
})
afterEach(() => {
  asked.splice(0)
  vi.useRealTimers()
})
afterAll(() => server.close())

function webhook(these: Answer[], more: Partial<TokenReviewOptions> = {}, audiences?: readonly string[]) {
  answers = these
  const tokens = tokenReviewWebhook({ url: `${server.url}/review?x=y`, insecureHTTP: true, ...more }, audiences)
  return async (token: string, wanted?: readonly string[]) => tokens.authenticateToken(token, wanted)
}

test('a review asks who a token is of, and is believed', async () => {
  const ask = webhook([known], { headers: { authorization: 'Bearer own' } })
  expect(await ask('tok')).toEqual({
    user: { name: 'ann', uid: '1', groups: ['dev'], extra: { 'example.com/tenant': ['t'] } },
  })
  const [{ review, req }] = asked as [(typeof asked)[0]]
  expect(review).toEqual({
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    metadata: { creationTimestamp: null },
    spec: { token: 'tok' },
  })
  expect([req.method, req.url, req.headers['content-type'], req.headers.authorization]).toEqual([
    'POST',
    '/review?x=y',
    'application/json',
    'Bearer own',
  ])
})

test('a token that is not known is no credentials; an error is one', async () => {
  expect(await webhook([status({ authenticated: false })])('a')).toBeUndefined()
  expect(await webhook([status({})])('a')).toBeUndefined()
  expect(await webhook([status({ authenticated: 'true', user: { username: 'ann' } })])('a')).toBeUndefined()
  await expect(webhook([status({ authenticated: false, error: 'expired' })])('a')).rejects.toThrow('expired')
})

describe('audiences', () => {
  test('of this server are asked for, and those that fit are answered', async () => {
    const ask = webhook([status({ authenticated: true, user: { username: 'ann' }, audiences: ['b', 'c'] })], {}, [
      'a',
      'b',
    ])
    expect((await ask('tok'))?.audiences).toEqual(['b'])
    expect(asked[0]?.review.spec.audiences).toEqual(['a', 'b'])
  })

  test('that an answer does not speak of are those of this server', async () => {
    const ask = webhook([known], {}, ['a', 'b'])
    expect((await ask('tok'))?.audiences).toEqual(['a', 'b'])
    expect((await ask('tok', ['b', 'x']))?.audiences).toEqual(['b'])
    expect(await ask('tok', ['x'])).toBeUndefined()
  })

  test('of others make a token unknown', async () => {
    const ask = webhook([status({ authenticated: true, user: { username: 'ann' }, audiences: ['x'] })], {}, ['a'])
    expect(await ask('tok')).toBeUndefined()
  })
})

describe('answers', () => {
  test.each([
    ['of a known token', known],
    ['of an unknown token', status({ authenticated: false })],
  ])('%s are kept for two minutes', async (_, answer) => {
    const ask = webhook([answer])
    const first = await ask('tok')
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 119_000 })
    expect(await ask('tok')).toEqual(first)
    expect(asked).toHaveLength(1)
    vi.setSystemTime(Date.now() + 2_000)
    await ask('tok')
    expect(asked).toHaveLength(2)
  })

  test('that are errors are not kept', async () => {
    const ask = webhook([code(500), known], { attempts: 1 })
    await expect(ask('tok')).rejects.toThrow('500')
    expect(await ask('tok')).toBeDefined()
  })
})

describe('a server', () => {
  test.each([
    ['is busy', code(429)],
    ['is broken', code(503)],
    ['breaks off', ((_, res) => void res.destroy()) as Answer],
  ])('that %s is asked again', async (_, failing) => {
    const ask = webhook([failing, failing, known], { attempts: 3 })
    expect(await ask('tok')).toMatchObject({ user: { name: 'ann' } })
    expect(asked).toHaveLength(3)
  })

  test('is asked no more often than it may', async () => {
    await expect(webhook([code(500)], { attempts: 2 })('tok')).rejects.toThrow('500')
    expect(asked).toHaveLength(2)
  })

  const wrong: [string, Answer][] = [
    ['refuses us', code(403)],
    ['leads elsewhere', (review, res) => known(review, res.writeHead(307, { location: '/other' }))],
    ['says no JSON', (_, res) => void res.end('<html>')],
    ['says null', (_, res) => void res.end('null')],
    ['says another kind', (_, res) => void res.end('{"kind":"Status","status":{"authenticated":true}}')],
    ['says no status', (_, res) => void res.end('{"kind":"TokenReview"}')],
    [
      'says too much',
      (review, res) => {
        res.write(' '.repeat(1_100_000))
        known(review, res)
      },
    ],
    ['names nobody', status({ authenticated: true })],
    ['names no name', status({ authenticated: true, user: { username: '' } })],
    ['says groups of another type', status({ authenticated: true, user: { username: 'a', groups: 'system:masters' } })],
    ['says audiences of another type', status({ authenticated: true, user: { username: 'a' }, audiences: 'a' })],
  ]
  test.each(wrong)('that %s is not believed, and not asked again', async (_, answer) => {
    await expect(webhook([answer], {}, ['a'])('tok')).rejects.toThrow()
    expect(asked).toHaveLength(1)
  })

  test('that is silent is waited for within the time, all attempts together', async () => {
    await expect(webhook([() => {}], { timeoutMs: 50 })('tok')).rejects.toThrow('no whole answer in')
    expect(asked).toHaveLength(1)
  })

  test('that is not there is an error', async () => {
    const gone = await listenOn(() => {})
    await gone.close()
    await expect(webhook([], { url: gone.url, attempts: 2 })('tok')).rejects.toThrow('ECONNREFUSED')
  })

  test('has only so many reviews under way', async () => {
    const waiting: (() => void)[] = []
    const ask = webhook([(review, res) => void waiting.push(() => known(review, res))], { maxUnderWay: 2 })
    const first = [ask('a'), ask('b')]
    await expect(ask('c')).rejects.toThrow('too many token reviews are under way')
    await expect.poll(() => waiting).toHaveLength(2)
    for (const go of waiting) go()
    expect(await Promise.all(first)).toHaveLength(2)
  })
})

test('over https the server is verified, and so are we', async () => {
  const certificates = testCertificates()
  const ca = certificates.authority('webhooks')
  const own = certificates.issue(ca, '/CN=127.0.0.1', 'server')
  const client = certificates.issue(ca, '/CN=apiserver')
  const secure = createTLSServer({ ...own, ca: ca.cert, requestCert: true, rejectUnauthorized: true }, (req, res) => {
    void respond(req, res)
  })
  await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve))
  const url = `https://127.0.0.1:${(secure.address() as AddressInfo).port}/`
  try {
    expect(await webhook([known], { url, ca: ca.cert, ...client, insecureHTTP: false })('tok')).toBeDefined()
    await expect(webhook([known], { url, ...client, attempts: 1 })('tok')).rejects.toThrow(/certificate/)
    await expect(webhook([known], { url, ca: ca.cert, attempts: 1 })('tok')).rejects.toThrow()
  } finally {
    secure.closeAllConnections()
    await new Promise((resolve) => secure.close(resolve))
    certificates.remove()
  }
})

test.each(['http://tokens.example.com/', 'tokens', 'https://u:p@tokens.example.com/'])('%s is no webhook', (url) => {
  expect(() => tokenReviewWebhook({ url })).toThrow(TypeError)
})
