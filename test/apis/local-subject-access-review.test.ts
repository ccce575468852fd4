import { describe, expect, test } from 'vitest'
import { AUTHORIZATION, flunders, type Review, reviewServer } from './review-server.js'

const server = reviewServer()
const { post, status } = server

describe('a LocalSubjectAccessReview', () => {
  const path = `${AUTHORIZATION}/namespaces/default/localsubjectaccessreviews`

  test('tells whether something is allowed in its namespace', async () => {
    expect((await status(path, { spec: { user: 'jane', resourceAttributes: flunders('list') } })).allowed).toBe(true)
    const answer = await post(path, {
      metadata: { namespace: 'default' },
      spec: { user: 'kim', resourceAttributes: flunders('list') },
    })
    expect(answer.json<Review>()).toMatchObject({ metadata: { namespace: 'default' }, status: { allowed: false } })
  })

  test.each<[string, unknown, number, string]>([
    [
      'about another namespace',
      { spec: { user: 'jane', resourceAttributes: flunders('get', 'other') } },
      422,
      'spec.resourceAttributes.namespace: Invalid value: "other": must match metadata.namespace',
    ],
    [
      'about all namespaces',
      { spec: { user: 'jane', resourceAttributes: flunders('get', '') } },
      422,
      'spec.resourceAttributes.namespace: Invalid value: "": must match metadata.namespace',
    ],
    [
      'about a path',
      { spec: { user: 'jane', nonResourceAttributes: { path: '/x', verb: 'get' } } },
      422,
      'disallowed on this kind of request',
    ],
    [
      'that says another namespace than its path',
      { metadata: { namespace: 'other' }, spec: { user: 'jane', resourceAttributes: flunders('get', 'other') } },
      400,
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
    [
      'with a name',
      { metadata: { name: 'x' }, spec: { user: 'jane', resourceAttributes: flunders('get') } },
      422,
      'must be empty except for namespace',
    ],
  ])('%s is refused', async (_, body, code, detail) => {
    const answer = await post(path, body)
    expect([answer.status, answer.json().message]).toEqual([code, expect.stringContaining(detail)])
  })

  test('needs a namespace in its path', async () => {
    const answer = await post(`${AUTHORIZATION}/localsubjectaccessreviews`, {})
    expect(answer.status).toBe(404)
  })
})
