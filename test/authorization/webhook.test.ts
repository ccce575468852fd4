import { describe, expect, test } from 'vitest'
import { ExpiringCache } from '../../lib/authorization/webhook/expiring-cache.js'
import { path, resource, user } from './asked.js'
import { answer, asked, failing, webhookServer } from './webhook-server.js'

const server = webhookServer()

describe('the webhook is asked', () => {
  test('by a SubjectAccessReview of v1 that says what is known and leaves out what is not', async () => {
    server.reply = answer({ allowed: true })
    const known = { name: 'jane', uid: 'u1', groups: ['devs'], extra: { scopes: ['a', 'b'] } }
    const everything = {
      apiGroup: 'apps',
      apiVersion: 'v1',
      namespace: 'n',
      resource: 'r',
      subresource: 's',
      name: 'a',
    }
    await server.webhook({ token: 'secret' }).authorize(resource(known, 'get', everything))
    expect(server.calls[0]!.review).toEqual({
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
    expect(server.calls[0]!.headers).toMatchObject({
      authorization: 'Bearer secret',
      'content-type': 'application/json',
    })
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
    server.reply = answer({ allowed: true })
    await server.webhook().authorize(resource(user('jane'), 'list', { resource: 'pods', fieldSelector, labelSelector }))
    const attributes = { verb: 'list', resource: 'pods', ...expected }
    expect(server.calls[0]!.review.spec).toEqual({ resourceAttributes: attributes, user: 'jane' })
  })

  test('about paths by their path and method', async () => {
    server.reply = answer({ allowed: false })
    await server.webhook().authorize(path(user('jane'), 'post', '/x'))
    expect(server.calls[0]!.review.spec).toEqual({ nonResourceAttributes: { path: '/x', verb: 'post' }, user: 'jane' })
  })

  test.each([
    ['allowed', { allowed: true, reason: 'ok' }, { decision: 'allow', reason: 'ok' }],
    ['denied', { allowed: false, denied: true, reason: 'no' }, { decision: 'deny', reason: 'no' }],
    ['neither', { allowed: false, reason: 'dunno' }, { decision: 'noOpinion', reason: 'dunno' }],
  ])('and its answer holds: %s', async (_, status, expected) => {
    server.reply = answer(status)
    expect(await server.webhook().authorize(asked)).toEqual(expected)
  })

  test('and denies when it says both', async () => {
    server.reply = answer({ allowed: true, denied: true })
    const { decision, error } = await server.webhook().authorize(asked)
    expect(decision).toBe('deny')
    expect((error as Error).message).toBe('webhook subject access review returned both allow and deny response')
  })
})

describe('a decision is kept', () => {
  test('and at hand without a promise, for the same question alone', async () => {
    server.reply = answer({ allowed: true })
    const authorizer = server.webhook()
    await authorizer.authorize(asked)
    expect(authorizer.authorize(asked)).toEqual({ decision: 'allow', reason: '' })
    for (const other of [
      { ...asked, name: 'x' },
      { ...asked, user: user('kim', 'devs') },
      { ...asked, verb: 'get' },
    ])
      await authorizer.authorize(other)
    expect(server.calls).toHaveLength(4)
  })

  test('as long as its outcome says', async () => {
    server.reply = answer({ allowed: true })
    const allowed = server.webhook({ authorizedTTLMs: 0, unauthorizedTTLMs: 60_000 })
    await allowed.authorize(asked)
    await allowed.authorize(asked)
    expect(server.calls).toHaveLength(2)
    server.reply = answer({ allowed: false, denied: true })
    const denied = server.webhook({ authorizedTTLMs: 0, unauthorizedTTLMs: 60_000 })
    await denied.authorize(asked)
    expect(denied.authorize(asked)).toEqual({ decision: 'deny', reason: '' })
    expect(server.calls).toHaveLength(3)
  })

  test('not when the question is so long that it could be meant to fill the memory', async () => {
    server.reply = answer({ allowed: true })
    const authorizer = server.webhook()
    const long = { ...asked, name: 'x'.repeat(10_000) }
    await authorizer.authorize(long)
    await authorizer.authorize(long)
    expect(server.calls).toHaveLength(2)
  })

  test('not when the webhook could not be asked', async () => {
    server.reply = failing(403)
    const authorizer = server.webhook()
    await authorizer.authorize(asked)
    server.reply = answer({ allowed: true })
    expect(await authorizer.authorize(asked)).toMatchObject({ decision: 'allow' })
  })

  test('and the same question by many at once is sent once', async () => {
    server.reply = answer({ allowed: true })
    const authorizer = server.webhook()
    const results = await Promise.all(Array.from({ length: 20 }, () => authorizer.authorize(asked)))
    expect(results.every(({ decision }) => decision === 'allow')).toBe(true)
    expect(server.calls).toHaveLength(1)
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
