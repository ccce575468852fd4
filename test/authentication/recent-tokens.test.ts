import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { RecentTokens } from '../../lib/authentication/recent-tokens.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const ANN = { user: { name: 'ann', groups: [] } }
const later = () => Date.now() + 10_000

test('a good token is known until a second has passed, however often it is asked for', () => {
  const recent = new RecentTokens()
  recent.set('a', ANN, later())
  vi.advanceTimersByTime(900)
  expect(recent.get('a')).toBe(ANN)
  vi.advanceTimersByTime(100)
  expect(recent.get('a')).toBeUndefined()
  expect(vi.getTimerCount()).toBe(0)
})

test('a token is known no longer than it is good', () => {
  const recent = new RecentTokens()
  recent.set('a', ANN, Date.now() + 10)
  vi.setSystemTime(Date.now() + 10)
  expect(recent.get('a')).toBeUndefined()
})

test('few tokens are known, and no long ones', () => {
  const recent = new RecentTokens()
  for (let i = 0; i <= 256; i++) recent.set(`t${i}`, ANN, later())
  expect([recent.get('t255'), recent.get('t256')]).toEqual([ANN, undefined])
  recent.clear()
  recent.set('x'.repeat(4097), ANN, later())
  expect(recent.get('x'.repeat(4097))).toBeUndefined()
})

test('nothing is known any more when all is to be forgotten', () => {
  const recent = new RecentTokens()
  recent.set('a', ANN, later())
  recent.clear()
  expect([recent.get('a'), vi.getTimerCount()]).toEqual([undefined, 0])
})
