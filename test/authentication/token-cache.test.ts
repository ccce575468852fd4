import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type AuthenticationMetrics, TokenCache, type TokenCacheOptions } from '../../lib/authentication/index.js'
import { tokensOf } from './requests.js'

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())
const pass = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000)

function cached(options?: TokenCacheOptions) {
  const tokens = tokensOf({ a: 'ann', b: 'bob', c: 'cid' })
  return { tokens, cache: new TokenCache(tokens, options) }
}

test('a known token is asked for once in ten seconds, and answered in the same turn by the same object', () => {
  const { tokens, cache } = cached()
  const first = cache.authenticateToken('a')
  pass(9.9)
  expect(cache.authenticateToken('a')).toBe(first)
  expect(tokens.asked).toBe(1)
  pass(0.2)
  cache.authenticateToken('a')
  expect(tokens.asked).toBe(2)
})

test('an unknown token is asked for every time, unless failures are kept', () => {
  const { tokens, cache } = cached()
  cache.authenticateToken('x')
  cache.authenticateToken('x')
  expect(tokens.asked).toBe(2)
  const keeping = cached({ failureSeconds: 5 })
  keeping.cache.authenticateToken('x')
  pass(4.9)
  expect(keeping.cache.authenticateToken('x')).toBeUndefined()
  expect(keeping.tokens.asked).toBe(1)
  pass(0.2)
  keeping.cache.authenticateToken('x')
  expect(keeping.tokens.asked).toBe(2)
})

test('an answer is kept no longer than its credentials are good', () => {
  let asked = 0
  const expiresAt = Date.now() + 2_000
  const cache = new TokenCache({
    authenticateToken: () => {
      asked++
      return { user: { name: 'ann', groups: [] }, expiresAt }
    },
  })
  cache.authenticateToken('a')
  pass(1.9)
  cache.authenticateToken('a')
  expect(asked).toBe(1)
  pass(0.2)
  cache.authenticateToken('a')
  expect(asked).toBe(2)
})

test('the same token for other audiences is another question', () => {
  const { tokens, cache } = cached()
  cache.authenticateToken('a')
  cache.authenticateToken('a', ['x'])
  cache.authenticateToken('a', ['x', 'y'])
  cache.authenticateToken('a', ['x'])
  cache.authenticateToken('a["x"]')
  cache.authenticateToken('a\0["x"]')
  expect(tokens.asked).toBe(5)
})

test('when it is full, the token that was not used for the longest is forgotten', () => {
  const { tokens, cache } = cached({ maxEntries: 2 })
  for (const token of ['a', 'b', 'a', 'c']) cache.authenticateToken(token)
  expect(tokens.asked).toBe(3)
  cache.authenticateToken('a')
  expect(tokens.asked).toBe(3)
  cache.authenticateToken('b')
  expect(tokens.asked).toBe(4)
})

test('a flood of unknown tokens pushes no known one out', () => {
  const { tokens, cache } = cached({ maxEntries: 2, failureSeconds: 10 })
  cache.authenticateToken('a')
  for (let i = 0; i < 100; i++) cache.authenticateToken(`bad-${i}`)
  cache.authenticateToken('a')
  expect(tokens.asked).toBe(101)
})

describe('an answer that takes time', () => {
  const counted: string[] = []
  const metrics: AuthenticationMetrics = {
    attempt() {},
    userRequest() {},
    tokenCacheRequest: (status) => void counted.push(`request ${status}`),
    tokenCacheFetch: (status) => void counted.push(`fetch ${status}`),
    tokenCacheActiveFetch: (status, change) => void counted.push(`${status} ${change}`),
  }
  beforeEach(() => void counted.splice(0))

  test('is asked for once, however many wait for it', async () => {
    let asked = 0
    let answer: (value: { user: { name: string; groups: string[] } }) => void = () => {}
    const cache = new TokenCache(
      {
        authenticateToken() {
          asked++
          return new Promise((resolve) => (answer = resolve))
        },
      },
      {},
      metrics,
    )
    const waiting = [cache.authenticateToken('a'), cache.authenticateToken('a'), cache.authenticateToken('a')]
    answer({ user: { name: 'ann', groups: [] } })
    const answers = await Promise.all(waiting)
    expect(answers.map((each) => each?.user.name)).toEqual(['ann', 'ann', 'ann'])
    expect(asked).toBe(1)
    expect(cache.authenticateToken('a')).toBe(answers[0])
    expect(counted.sort()).toEqual(
      [
        'in_flight 1',
        'in_flight -1',
        'fetch ok',
        ...['blocked 1', 'blocked 1', 'blocked -1', 'blocked -1'],
        ...['request miss', 'request miss', 'request miss', 'request hit'],
      ].sort(),
    )
  })

  test('and fails, fails all that wait, and is asked for again', async () => {
    let asked = 0
    const cache = new TokenCache(
      {
        async authenticateToken() {
          asked++
          throw new Error('away')
        },
      },
      { failureSeconds: 60 },
      metrics,
    )
    const waiting = [cache.authenticateToken('a'), cache.authenticateToken('a')]
    for (const each of waiting) await expect(each).rejects.toThrow('away')
    await expect(cache.authenticateToken('a')).rejects.toThrow('away')
    expect(asked).toBe(2)
    expect(counted.filter((each) => each === 'fetch error')).toHaveLength(2)
    expect(counted.filter((each) => each.startsWith('in_flight'))).toHaveLength(4)
  })
})

test('a token that was good just now is asked for anew once others hold', () => {
  const { tokens, cache } = cached()
  for (let i = 0; i < 3; i++) cache.authenticateToken('a')
  expect(tokens.asked).toBe(1)
  cache.forget()
  cache.authenticateToken('a')
  expect(tokens.asked).toBe(2)
})

test('every question is counted, those about the tokens of just now too', () => {
  const requested: string[] = []
  const metrics = {
    tokenCacheRequest: (status: string) => void requested.push(status),
    tokenCacheFetch() {},
    tokenCacheActiveFetch() {},
  }
  const cache = new TokenCache(tokensOf({ a: 'ann' }), {}, metrics)
  for (let i = 0; i < 3; i++) cache.authenticateToken('a')
  expect(requested).toEqual(['miss', 'hit', 'hit'])
})
