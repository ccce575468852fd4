import { apiserver, lmdb } from 'express-apiserver'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { failureLog } from '../../lib/server/failure-log.js'
import type { LogFields } from '../../lib/server/logger.js'
import { listenOn, send } from '../support/server.js'
import { freshPath, served, widgets } from './harness.js'

describe('a failure that anybody can bring about', () => {
  const told: LogFields[] = []
  let failed: ReturnType<typeof failureLog>
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: 0 })
    told.length = 0
    failed = failureLog((fields) => told.push(fields))
  })
  afterEach(() => void vi.useRealTimers())

  test('is told of at once, and then once a minute with how often it came', () => {
    for (let second = 0; second < 120; second++) {
      vi.setSystemTime(second * 1000)
      failed(new Error('the webhook is down'))
    }
    const err = new Error('the webhook is down')
    expect(told).toEqual([{ err }, { err, suppressed: 59 }])
  })

  test('is told of with what is known of it the first time', () => {
    failed(new Error('bad token'), { srcIP: '10.0.0.1' })
    failed(new Error('bad token'), { srcIP: '10.0.0.2' })
    expect(told).toEqual([{ err: new Error('bad token'), srcIP: '10.0.0.1' }])
  })

  test('is told of beside others', () => {
    for (const message of ['a', 'b', 'a', 'c', 'b']) failed(new Error(message))
    expect(told.map(({ err }) => (err as Error).message)).toEqual(['a', 'b', 'c'])
  })

  test('is one of many when there are more kinds than are told apart, and on its own again later', () => {
    for (let i = 0; i < 10_000; i++) failed(new Error(`kind ${i}`))
    expect(told).toHaveLength(65)
    expect(String(told.at(-1)?.err)).toMatch(/^Error: further kinds/)
    vi.setSystemTime(60_000)
    failed(new Error('kind 9999'))
    expect(told.at(-1)).toEqual({ err: new Error('kind 9999') })
  })

  test('is told of in few words, and never with what hangs on it', () => {
    failed(Object.assign(new Error('x'.repeat(10_000)), { payload: { email: 'ann@example.com' } }))
    expect(told).toEqual([{ err: new Error('x'.repeat(512)) }])
    expect(Object.keys(told[0]?.err as Error)).toEqual([])
    failed('just a text')
    failed(undefined)
    expect(told.slice(1)).toEqual([{ err: new Error('just a text') }, { err: new Error('unknown error') }])
  })
})

describe('a webhook that is down', () => {
  const server = served({
    authentication: {
      webhook: { url: 'http://127.0.0.1:1/', insecureHTTP: true, attempts: 1 },
      tokens: [{ token: 'good', user: 'ann' }],
    },
  })
  const ask = (token: string) => server.send(freshPath(), { headers: { authorization: `Bearer ${token}` } })

  test('is told of once, while every client hears 401 and nothing else', async () => {
    for (let i = 0; i < 5; i++) {
      const answer = await ask(`bad-${i}`)
      expect([answer.status, answer.json<{ message: string }>().message]).toEqual([401, 'Unauthorized'])
    }
    expect((await ask('good')).status).toBe(200)
    expect(server.log.warnings).toEqual(['unable to authenticate a request'])
  })
})

test('a token that nobody knows is told of by where it came from and went to, without the token', async () => {
  const lines: unknown[] = []
  const logger = { info() {}, warn: (...line: unknown[]) => void lines.push(line), error() {} }
  const api = apiserver({
    resources: [widgets],
    storage: lmdb('/nowhere'),
    logger,
    authentication: { tokens: [{ token: 'good', user: 'ann' }] },
  })
  const listening = await listenOn((req, res) => api(req, res, () => res.end()))
  const path = freshPath()
  const url = `${listening.url}${path}?access_token=guessed`
  expect((await send(url, { headers: { authorization: 'Bearer guessed' } })).status).toBe(401)
  await listening.close()
  const fields = { err: new Error('invalid bearer token'), srcIP: expect.stringContaining('127.0.0.1'), path }
  expect(lines).toEqual([[fields, 'unable to authenticate a request']])
})
