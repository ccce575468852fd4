import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createTLSServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  subjectAccessReviewWebhook,
  type WebhookAuthorizer,
  type WebhookAuthorizerOptions,
} from '../../lib/authorization/index.js'
import { ExpiringCache } from '../../lib/authorization/webhook/expiring-cache.js'
import { type ListeningServer, listenOn } from '../support/server.js'
import { path, resource, user } from './asked.js'

interface Call {
  readonly headers: IncomingMessage['headers']
  readonly review: Record<string, unknown> & { readonly spec: unknown }
}

type Reply = (response: ServerResponse, call: number) => void

let server: ListeningServer
let calls: Call[] = []
let reply: Reply = () => {}
const made: WebhookAuthorizer[] = []

beforeAll(async () => {
  server = await listenOn((request, response) => {
    let text = ''
    request.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    request.on('end', () => {
      calls.push({ headers: request.headers, review: JSON.parse(text) })
      reply(response, calls.length)
    })
  })
})
afterEach(() => {
  for (const authorizer of made.splice(0)) authorizer.close()
  calls = []
})
afterAll(() => server.close())

const webhook = (options: Partial<WebhookAuthorizerOptions> = {}): WebhookAuthorizer => {
  const authorizer = subjectAccessReviewWebhook({
    url: `${server.url}/authorize?x=1`,
    retry: { attempts: 3, backoffMs: 1 },
    ...options,
  })
  made.push(authorizer)
  return authorizer
}

const answer =
  (status: unknown): Reply =>
  (response) => {
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify({ kind: 'SubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', status }))
  }
const failing =
  (code: number, headers: Record<string, string> = {}): Reply =>
  (response) => {
    response.writeHead(code, headers).end('no')
  }

const jane = user('jane', 'devs')
const asked = resource(jane, 'list', {
  apiGroup: 'apps',
  apiVersion: 'v1',
  namespace: 'default',
  resource: 'deployments',
})

describe('the webhook is asked', () => {
  test('by a SubjectAccessReview of v1 that says what is known and leaves out what is not', async () => {
    reply = answer({ allowed: true })
    const known = { name: 'jane', uid: 'u1', groups: ['devs'], extra: { scopes: ['a', 'b'] } }
    const everything = {
      apiGroup: 'apps',
      apiVersion: 'v1',
      namespace: 'n',
      resource: 'r',
      subresource: 's',
      name: 'a',
    }
    await webhook({ token: 'secret' }).authorize(resource(known, 'get', everything))
    expect(calls[0]!.review).toEqual({
      kind: 'SubjectAccessReview',
      apiVersion: 'authorization.k8s.io/v1',
      metadata: { creationTimestamp: null },
      spec: {
        resourceAttributes: {
          namespace: 'n',
          verb: 'get',
          group: 'apps',
          version: 'v1',
          resource: 'r',
          subresource: 's',
          name: 'a',
        },
        user: 'jane',
        groups: ['devs'],
        extra: { scopes: ['a', 'b'] },
        uid: 'u1',
      },
      status: { allowed: false },
    })
    expect(calls[0]!.headers).toMatchObject({ authorization: 'Bearer secret', 'content-type': 'application/json' })
  })

  test.each<[string, string, string, object]>([
    [
      'fields',
      'metadata.name=a,spec.x!=b\\,c',
      '',
      {
        fieldSelector: {
          requirements: [
            { key: 'metadata.name', operator: 'In', values: ['a'] },
            { key: 'spec.x', operator: 'NotIn', values: ['b,c'] },
          ],
        },
      },
    ],
    [
      'labels',
      '',
      'a=1,b in (2,3),c!=4,d notin (5),e,!f,g>6',
      {
        labelSelector: {
          requirements: [
            { key: 'a', operator: 'In', values: ['1'] },
            { key: 'b', operator: 'In', values: ['2', '3'] },
            { key: 'c', operator: 'NotIn', values: ['4'] },
            { key: 'd', operator: 'NotIn', values: ['5'] },
            { key: 'e', operator: 'Exists' },
            { key: 'f', operator: 'DoesNotExist' },
          ],
        },
      },
    ],
    ['nothing that can be read', 'a', 'a b', {}],
  ])('about many by the terms of their selectors: %s', async (_, fieldSelector, labelSelector, expected) => {
    reply = answer({ allowed: true })
    await webhook().authorize(resource(user('jane'), 'list', { resource: 'pods', fieldSelector, labelSelector }))
    const attributes = { verb: 'list', resource: 'pods', ...expected }
    expect(calls[0]!.review.spec).toEqual({ resourceAttributes: attributes, user: 'jane' })
  })

  test('about paths by their path and method', async () => {
    reply = answer({ allowed: false })
    await webhook().authorize(path(user('jane'), 'post', '/x'))
    expect(calls[0]!.review.spec).toEqual({ nonResourceAttributes: { path: '/x', verb: 'post' }, user: 'jane' })
  })

  test.each([
    ['allowed', { allowed: true, reason: 'ok' }, { decision: 'allow', reason: 'ok' }],
    ['denied', { allowed: false, denied: true, reason: 'no' }, { decision: 'deny', reason: 'no' }],
    ['neither', { allowed: false, reason: 'dunno' }, { decision: 'noOpinion', reason: 'dunno' }],
  ])('and its answer holds: %s', async (_, status, expected) => {
    reply = answer(status)
    expect(await webhook().authorize(asked)).toEqual(expected)
  })

  test('and denies when it says both', async () => {
    reply = answer({ allowed: true, denied: true })
    const { decision, error } = await webhook().authorize(asked)
    expect(decision).toBe('deny')
    expect((error as Error).message).toBe('webhook subject access review returned both allow and deny response')
  })
})

describe('a decision is kept', () => {
  test('and at hand without a promise, for the same question alone', async () => {
    reply = answer({ allowed: true })
    const authorizer = webhook()
    await authorizer.authorize(asked)
    expect(authorizer.authorize(asked)).toEqual({ decision: 'allow', reason: '' })
    for (const other of [
      { ...asked, name: 'x' },
      { ...asked, user: user('kim', 'devs') },
      { ...asked, verb: 'get' },
    ])
      await authorizer.authorize(other)
    expect(calls).toHaveLength(4)
  })

  test('as long as its outcome says', async () => {
    reply = answer({ allowed: true })
    const allowed = webhook({ authorizedTTLMs: 0, unauthorizedTTLMs: 60_000 })
    await allowed.authorize(asked)
    await allowed.authorize(asked)
    expect(calls).toHaveLength(2)
    reply = answer({ allowed: false, denied: true })
    const denied = webhook({ authorizedTTLMs: 0, unauthorizedTTLMs: 60_000 })
    await denied.authorize(asked)
    expect(denied.authorize(asked)).toEqual({ decision: 'deny', reason: '' })
    expect(calls).toHaveLength(3)
  })

  test('not when the question is so long that it could be meant to fill the memory', async () => {
    reply = answer({ allowed: true })
    const authorizer = webhook()
    const long = { ...asked, name: 'x'.repeat(10_000) }
    await authorizer.authorize(long)
    await authorizer.authorize(long)
    expect(calls).toHaveLength(2)
  })

  test('not when the webhook could not be asked', async () => {
    reply = failing(403)
    const authorizer = webhook()
    await authorizer.authorize(asked)
    reply = answer({ allowed: true })
    expect(await authorizer.authorize(asked)).toMatchObject({ decision: 'allow' })
  })

  test('and the same question by many at once is sent once', async () => {
    reply = answer({ allowed: true })
    const authorizer = webhook()
    const results = await Promise.all(Array.from({ length: 20 }, () => authorizer.authorize(asked)))
    expect(results.every(({ decision }) => decision === 'allow')).toBe(true)
    expect(calls).toHaveLength(1)
  })

  test('until room is short: the least recently used goes first', () => {
    let now = 0
    const cache = new ExpiringCache<number>(2, () => now)
    cache.set('a', 1, 100)
    cache.set('b', 2, 100)
    expect(cache.get('a')).toBe(1)
    cache.set('c', 3, 50)
    expect([cache.get('a'), cache.get('b'), cache.get('c'), cache.size]).toEqual([1, undefined, 3, 2])
    now = 50
    expect([cache.get('a'), cache.get('c'), cache.size]).toEqual([1, undefined, 1])
    now = 100
    expect(cache.get('a')).toBeUndefined()
    new ExpiringCache<number>(0).set('a', 1, 100)
  })
})

describe('a webhook that fails', () => {
  const failure = async (authorizer: WebhookAuthorizer) => {
    const { decision, reason, error } = await authorizer.authorize(asked)
    return { decision, reason, message: (error as Error | undefined)?.message }
  }

  test.each([500, 504, 429])('with %i is asked again', async (code) => {
    reply = (response, call) => (call < 3 ? failing(code)(response, call) : answer({ allowed: true })(response, call))
    expect(await failure(webhook())).toEqual({ decision: 'allow', reason: '', message: undefined })
    expect(calls).toHaveLength(3)
  })

  test('is asked again when it says when', async () => {
    reply = (response, call) =>
      call < 2 ? failing(503, { 'Retry-After': '0' })(response, call) : answer({ allowed: true })(response, call)
    expect((await failure(webhook())).decision).toBe('allow')
  })

  test.each([400, 403, 404, 503])('with %i is not asked again, and has no opinion', async (code) => {
    reply = failing(code)
    expect(await failure(webhook())).toEqual({
      decision: 'noOpinion',
      reason: '',
      message: `the authorization webhook cannot be asked: the webhook answered with the status code ${code}`,
    })
    expect(calls).toHaveLength(1)
  })

  test('for good is asked as often as was said, and denies where that is the policy', async () => {
    reply = failing(500)
    expect((await failure(webhook({ failurePolicy: 'deny' }))).decision).toBe('deny')
    expect(calls).toHaveLength(3)
  })

  test('by breaking the connection is asked again', async () => {
    reply = (response, call) => (call < 2 ? response.destroy() : answer({ allowed: true })(response, call))
    expect((await failure(webhook())).decision).toBe('allow')
  })

  test('to listen is told without its address', async () => {
    const closed = await listenOn(() => {})
    await closed.close()
    expect((await failure(webhook({ url: closed.url }))).message).toBe(
      'the authorization webhook cannot be asked: ECONNREFUSED',
    )
  })

  test('to answer in time is told so', async () => {
    reply = () => {}
    expect((await failure(webhook({ timeoutMs: 50 }))).message).toBe(
      'the authorization webhook cannot be asked: it did not answer in time',
    )
  })

  test('to end its answer in time is told so', async () => {
    reply = (response) => {
      response.writeHead(200).write('{"kind":')
    }
    expect((await failure(webhook({ timeoutMs: 50 }))).message).toBe(
      'the authorization webhook cannot be asked: it did not answer in time',
    )
  })

  test.each<[string, unknown, string]>([
    ['no JSON', 'x', 'the authorization webhook cannot be asked: '],
    ['no object', '[]', "the webhook's answer is no SubjectAccessReview of authorization.k8s.io/v1"],
    ['another kind', '{"kind":"Status","apiVersion":"v1"}', "the webhook's answer is no SubjectAccessReview"],
    [
      'no status',
      '{"kind":"SubjectAccessReview","apiVersion":"authorization.k8s.io/v1"}',
      'the webhook did not say whether the request is allowed',
    ],
    [
      'an allowed that is no boolean',
      '{"kind":"SubjectAccessReview","apiVersion":"authorization.k8s.io/v1","status":{"allowed":"true"}}',
      'the webhook did not say whether the request is allowed',
    ],
    ['an endless answer', ' '.repeat(2_000_000), "the webhook's answer is larger than 1048576 bytes"],
  ])('to make sense lets nobody in: %s', async (_, body, message) => {
    reply = (response) => response.end(body)
    const outcome = await failure(webhook())
    expect(outcome.decision).toBe('noOpinion')
    expect(outcome.message).toContain(message)
  })

  test('does not keep a request that its client has given up', async () => {
    let finish = () => {}
    reply = (response, call) => {
      finish = () => answer({ allowed: true })(response, call)
    }
    const authorizer = webhook()
    const controller = new AbortController()
    const given = Promise.resolve(authorizer.authorize(asked, controller)).then(
      () => 'decided',
      (err: Error) => err.message,
    )
    const other = authorizer.authorize(asked)
    controller.abort()
    expect(await given).toBe('the request ended before it was decided')
    await expect.poll(() => calls.length).toBe(1)
    finish()
    expect(await other).toMatchObject({ decision: 'allow' })
  })

  test('cannot list what it would allow', () => {
    const { incomplete, error } = webhook().rulesFor()
    expect([incomplete, (error as Error).message]).toEqual([
      true,
      'webhook authorizer does not support user rule resolution',
    ])
  })
})

describe('over TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-webhook-'))
  const file = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' })
  let tls: Server

  beforeAll(async () => {
    for (const name of ['server', 'client']) {
      const names = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1']
      const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
      openssl(
        'req',
        '-x509',
        ...curve,
        ...names,
        '-days',
        '1',
        '-keyout',
        file(`${name}.key`),
        '-out',
        file(`${name}.crt`),
      )
    }
    const options = {
      key: readFileSync(file('server.key')),
      cert: readFileSync(file('server.crt')),
      ca: readFileSync(file('client.crt')),
      requestCert: true,
    }
    tls = createTLSServer(options, (request, response) => {
      const { authorized } = request.socket as unknown as { authorized: boolean }
      request.resume().once('end', () => answer({ allowed: authorized })(response, 0))
    })
    await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve))
  })
  afterAll(() => {
    tls.close()
    tls.closeAllConnections()
    rmSync(folder, { recursive: true, force: true })
  })

  const url = () => `https://127.0.0.1:${(tls.address() as AddressInfo).port}`

  test('its certificate is checked, and the client shows its own', async () => {
    const ca = readFileSync(file('server.crt'))
    const own = { cert: readFileSync(file('client.crt')), key: readFileSync(file('client.key')) }
    expect(await webhook({ url: url(), ca, ...own }).authorize(asked)).toMatchObject({ decision: 'allow' })
    expect(await webhook({ url: url(), ca }).authorize(asked)).toMatchObject({ decision: 'noOpinion' })
    const { decision, error } = await webhook({ url: url(), ...own }).authorize(asked)
    expect([decision, (error as Error).message]).toEqual([
      'noOpinion',
      'the authorization webhook cannot be asked: DEPTH_ZERO_SELF_SIGNED_CERT',
    ])
  })
})
