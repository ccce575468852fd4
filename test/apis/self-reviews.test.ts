import { describe, expect, test } from 'vitest'
import { AUTHENTICATION, AUTHORIZATION, asMaster, flunders, type Review, reviewServer } from './review-server.js'

const server = reviewServer()
const { post, status } = server

describe('a SelfSubjectAccessReview', () => {
  const path = `${AUTHORIZATION}/selfsubjectaccessreviews`
  const jane = { as: 'jane' }

  test('is about whoever asks', async () => {
    expect((await status(path, { spec: { resourceAttributes: flunders('list') } }, jane)).allowed).toBe(true)
    expect((await status(path, { spec: { resourceAttributes: flunders('list') } }, { as: 'kim' })).allowed).toBe(false)
    expect(
      (await status(path, { spec: { nonResourceAttributes: { verb: 'get', path: '/apis' } } }, jane)).allowed,
    ).toBe(true)
  })

  test('is about the other when one acts as somebody else', async () => {
    const answer = await server.send(path, {
      ...asMaster,
      headers: { 'impersonate-user': 'kim' },
      body: { spec: { resourceAttributes: flunders('list') } },
    })
    expect(answer.json<Review>().status).toEqual({ allowed: false })
  })

  test('knows no user of its own, and says so when one is given', async () => {
    const answer = await post(path, { spec: { user: 'root', resourceAttributes: flunders('list') } }, jane)
    expect(answer.headers.warning).toContain('unknown field \\"spec.user\\"')
    expect(answer.json<Review>().spec).toEqual({ resourceAttributes: flunders('list') })
  })

  test('about nothing is refused', async () => {
    expect((await post(path, { spec: {} }, jane)).json().message).toBe(
      '.authorization.k8s.io "" is invalid: spec.resourceAttributes: Invalid value: "null": exactly one of nonResourceAttributes or resourceAttributes must be specified',
    )
  })
})

describe('a SelfSubjectRulesReview', () => {
  const path = `${AUTHORIZATION}/selfsubjectrulesreviews`

  test('lists what whoever asks may do in a namespace', async () => {
    const answer = await post(path, { spec: { namespace: 'default' } }, { as: 'jane' })
    const review = answer.json<Review>()
    expect(review).toMatchObject({ metadata: { creationTimestamp: null }, spec: {} })
    expect(review.status.resourceRules).toContainEqual({
      verbs: ['get', 'list'],
      apiGroups: ['wardle.example.com'],
      resources: ['flunders'],
    })
    expect(review.status.nonResourceRules).toContainEqual({
      verbs: ['*'],
      nonResourceURLs: ['/healthz', '/livez', '/readyz'],
    })
  })

  test('says that there may be more where an authorizer cannot list', async () => {
    expect(await status(path, { spec: { namespace: 'default' } }, { as: 'jane' })).toMatchObject({
      incomplete: true,
      evaluationError: 'an authorizer does not support user rule resolution',
    })
  })

  test('without a namespace is refused', async () => {
    const answer = await post(path, { spec: {} }, { as: 'jane' })
    expect([answer.status, answer.json().message]).toEqual([400, 'no namespace on request'])
  })
})

describe('a SelfSubjectReview', () => {
  test('tells who asks', async () => {
    const answer = await post(`${AUTHENTICATION}/selfsubjectreviews`, {}, { as: 'jane', groups: ['devs'] })
    expect(answer.status).toBe(201)
    expect(answer.json()).toEqual({
      kind: 'SelfSubjectReview',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { creationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) },
      status: { userInfo: { username: 'jane', groups: ['devs', 'system:authenticated'] } },
    })
  })

  test('tells as whom one acts, with uid and extras', async () => {
    const answer = await server.send(`${AUTHENTICATION}/selfsubjectreviews`, {
      ...asMaster,
      headers: {
        'impersonate-user': 'kim',
        'impersonate-group': 'devs',
        'impersonate-uid': 'u',
        'impersonate-extra-scopes': 'a',
      },
      body: {},
    })
    expect(answer.json<Review>().status).toEqual({
      userInfo: {
        username: 'kim',
        uid: 'u',
        groups: ['devs', 'system:authenticated'],
        extra: { scopes: ['a'] },
      },
    })
  })
})
