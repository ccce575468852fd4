import type { LogFields } from 'express-apiserver'
import { describe, expect, test } from 'vitest'
import { plainError, withErrors } from '../../lib/server/logger.js'
import { served } from './harness.js'

describe('what went wrong', () => {
  const lines: LogFields[] = []
  const told = (fields: LogFields) => void lines.push(fields)
  const logger = withErrors({ info: told, warn: told, error: told })

  test.each([
    ['a text', 'down', 'down'],
    ['nothing', undefined, 'undefined was thrown, no Error'],
    ['an object', { secret: 1 }, 'an object was thrown, no Error'],
  ])('is an Error in the log, though %s was thrown', (_, thrown, message) => {
    for (const level of ['info', 'warn', 'error'] as const) logger[level]({ err: thrown, check: 'x' }, 'm')
    expect(lines.splice(0)).toEqual(Array(3).fill({ err: new Error(message), check: 'x' }))
  })

  test('is the very error that was thrown, with its stack', () => {
    const err = new TypeError('mine')
    logger.error({ err }, 'm')
    expect(lines.splice(0)[0]?.err).toBe(err)
  })

  test('is told without a stack and what hangs on it where these tell nothing', () => {
    const err = plainError(Object.assign(new Error('bad', { cause: new Error('inner') }), { payload: 'x' }))
    expect([err.message, err.stack, err.cause, Object.keys(err)]).toEqual(['bad', 'Error: bad', undefined, []])
  })
})

describe('a server that will end', () => {
  const failures: LogFields[] = []
  const logger = { info() {}, error() {}, warn: (fields: LogFields) => void failures.push(fields) }
  const server = served({ health: true, logger })

  test('tells of each probe that it is not ready, without a stack', async () => {
    await expect.poll(async () => (await server.send('/readyz')).status).toBe(200)
    failures.length = 0
    server.api.initiateShutdown()
    expect((await server.send('/readyz')).status).toBe(500)
    expect(failures.map(({ check, err }) => [check, (err as Error).stack])).toEqual([
      ['shutdown', 'Error: the server is shutting down'],
    ])
  })
})
