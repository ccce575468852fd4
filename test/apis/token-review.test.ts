import { describe, expect, test } from 'vitest'
import { AUTHENTICATION, reviewServer } from './review-server.js'

const server = reviewServer()
const { post, status } = server

describe('a TokenReview', () => {
  const path = `${AUTHENTICATION}/tokenreviews`
  const user = { username: 'jane', uid: 'u1', groups: ['devs'], extra: { scopes: ['a'] } }

  test.each<[string, object, Record<string, unknown>]>([
    [
      'whose token it is, and for whom it is good',
      { token: 'good' },
      { authenticated: true, user, audiences: ['api'] },
    ],
    [
      'for whom of those asked for it is good',
      { token: 'good', audiences: ['other', 'x'] },
      { authenticated: true, user, audiences: ['other'] },
    ],
    [
      'that it is good for none of those asked for',
      { token: 'good', audiences: ['x'] },
      { user: {}, error: 'the token is good for none of the audiences asked for' },
    ],
    [
      'whose token it is when it says no audience and none is asked for',
      { token: 'plain' },
      { authenticated: true, user },
    ],
    [
      'nothing when an audience is asked for and the token says none',
      { token: 'plain', audiences: ['api'] },
      { user: {}, error: 'the token is good for none of the audiences asked for' },
    ],
    ['that nobody knows it', { token: 'else' }, { user: {} }],
    ['why it is bad', { token: 'bad' }, { user: {}, error: 'expired' }],
  ])('tells %s', async (_, spec, expected) => {
    expect(await status(path, { spec })).toEqual(expected)
  })

  test('without a token is refused', async () => {
    const answer = await post(path, { spec: {} })
    expect([answer.status, answer.json().message]).toEqual([400, 'token is required for TokenReview in authentication'])
  })

  test('can be asked by those alone who may', async () => {
    expect((await post(path, { spec: { token: 'good' } }, { as: 'jane' })).status).toBe(403)
  })
})
