import { expect, test } from 'vitest'
import { type RequestAuthenticator, unionRequest, unionToken } from '../../lib/authentication/index.js'
import { contextAt, requestWith, tokensOf } from './requests.js'

type Kind = 'known' | 'none' | 'bad'

function way(kind: Kind, name: string, later: boolean, asked: string[]): RequestAuthenticator {
  const answer = () => {
    asked.push(name)
    if (kind === 'bad') throw new Error(`${name} is bad`)
    return kind === 'known' ? { user: { name, groups: [] } } : undefined
  }
  return { authenticateRequest: later ? async () => answer() : answer }
}

interface Case {
  readonly kinds: readonly Kind[]
  readonly failOnError?: boolean
  readonly name?: string
  readonly error?: string
  readonly asked: string
}

const cases: readonly Case[] = [
  { kinds: ['none', 'none'], asked: 'a b' },
  { kinds: ['known', 'known'], name: 'a', asked: 'a' },
  { kinds: ['none', 'known', 'known'], name: 'b', asked: 'a b' },
  { kinds: ['bad', 'known'], name: 'b', asked: 'a b' },
  { kinds: ['bad', 'none'], error: 'a is bad', asked: 'a b' },
  { kinds: ['bad', 'none', 'bad'], error: '[a is bad, c is bad]', asked: 'a b c' },
  { kinds: ['bad', 'known'], failOnError: true, error: 'a is bad', asked: 'a' },
  { kinds: ['none', 'known'], failOnError: true, name: 'b', asked: 'a b' },
]

const described = cases.map((each) => ({
  ...each,
  title: `${each.kinds.join(', ')}${each.failOnError ? ', fail on error' : ''}`,
}))

test.each([false, true])('the first that knows the user has the word (later: %s)', async (later) => {
  for (const { kinds, failOnError = false, name, error, asked, title } of described) {
    const log: string[] = []
    const union = unionRequest(
      kinds.map((kind, i) => way(kind, 'abc'[i]!, later, log)),
      { failOnError },
    )
    const outcome = (async () => union.authenticateRequest(requestWith(), contextAt()))()
    if (error) await expect(outcome, title).rejects.toThrow(error)
    else expect((await outcome)?.user.name, title).toBe(name)
    expect(log.join(' '), title).toBe(asked)
  }
})

test('an answer at hand is given in the same turn', () => {
  const union = unionRequest([way('bad', 'a', false, []), way('known', 'b', false, [])])
  expect(union.authenticateRequest(requestWith(), contextAt())).toEqual({ user: { name: 'b', groups: [] } })
})

test('tokens are asked one list after the other', () => {
  const first = tokensOf({ x: 'ann' })
  const second = tokensOf({ y: 'bob' })
  const union = unionToken([first, second])
  expect(union.authenticateToken('x')).toMatchObject({ user: { name: 'ann' } })
  expect(second.asked).toBe(0)
  expect(union.authenticateToken('y')).toMatchObject({ user: { name: 'bob' } })
  expect(union.authenticateToken('z')).toBeUndefined()
})
