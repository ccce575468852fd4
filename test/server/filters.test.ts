import type { AdmissionPlugin } from 'express-apiserver'
import { afterAll, describe, expect, test } from 'vitest'
import { RequestContext } from '../../lib/endpoints/index.js'
import { withPanicRecovery } from '../../lib/server/filters/panic-recovery.js'
import { withRequestDeadline } from '../../lib/server/filters/request-deadline.js'
import { type Filter, handlerChain } from '../../lib/server/handler-chain.js'
import { type ListeningServer, listenOn, send } from '../support/server.js'
import { create, freshPath, served, widget } from './harness.js'

const open: ListeningServer[] = []
afterAll(async () => {
  for (const server of open) await server.close()
})

/** A server that is these filters and a target. */
async function filtered(filters: readonly Filter[], target: (ctx: RequestContext) => Promise<void> | void) {
  const chain = handlerChain(filters, target)
  const server = await listenOn(
    (req, res) => void chain(new RequestContext(req, res, (req.url ?? '').split('?')[0] ?? '')),
  )
  open.push(server)
  return server.url
}

describe('a chain', () => {
  test('runs its filters from the outside in, and back', async () => {
    const log: string[] = []
    const logging =
      (name: string): Filter =>
      async (_, next) => {
        log.push(`> ${name}`)
        await next()
        log.push(`< ${name}`)
      }
    const url = await filtered([logging('outer'), logging('inner')], async ({ response }) => {
      log.push('target')
      response.end()
    })
    await send(url)
    expect(log).toEqual(['> outer', '> inner', 'target', '< inner', '< outer'])
  })

  test('ends at a filter that does not go on', async () => {
    let reached = false
    const url = await filtered([({ response }) => void response.writeHead(418).end()], () => {
      reached = true
    })
    expect([(await send(url)).status, reached]).toEqual([418, false])
  })
})

describe('what nobody caught', () => {
  const panics: unknown[] = []
  const recovery = withPanicRecovery((_, err) => panics.push(err))

  test.each([
    [
      'thrown',
      () => {
        throw new Error('secret')
      },
    ],
    [
      'rejected',
      async () => {
        throw new Error('secret')
      },
    ],
  ])('(%s) is a 500 that says nothing, and goes to the log', async (_, fail) => {
    panics.length = 0
    const answer = await send(await filtered([recovery], fail))
    expect([answer.status, answer.text]).toEqual([
      500,
      'This request caused apiserver to panic. Look in the logs for details.\n',
    ])
    expect(panics).toEqual([new Error('secret')])
  })

  test('breaks an answer that has begun', async () => {
    const url = await filtered([recovery], ({ response }) => {
      response.writeHead(200).write('half')
      throw new Error('too late')
    })
    await expect(send(url)).rejects.toThrow()
  })
})

describe('a deadline', () => {
  const seen: (number | undefined)[] = []
  const url = () =>
    filtered([withRequestDeadline()], (ctx) => {
      seen.push(ctx.deadline === undefined ? undefined : ctx.deadline - ctx.startedAt)
      ctx.response.end()
    })

  test.each([
    ['', 60_000],
    ['?timeout=10s', 10_000],
    ['?timeout=1m30s', 60_000],
    ['?timeout=0s', 60_000],
    ['?timeout=-5s', 60_000],
    ['?timeout=', 60_000],
    ['?timeoutSeconds=5', 60_000],
  ])('%j ends %i ms after the request came', async (query, milliseconds) => {
    seen.length = 0
    await send((await url()) + query)
    expect(seen).toEqual([milliseconds])
  })

  test.each(['x', '5', '5 s', '1e3s'])('of %j is refused', async (timeout) => {
    const answer = await send(`${await url()}?timeout=${encodeURIComponent(timeout)}`)
    expect(answer.json()).toMatchObject({ code: 400, reason: 'BadRequest' })
    expect(answer.json<{ message: string }>().message).toMatch(
      /^invalid timeout specified in the request URL - time: (invalid duration "|missing unit in duration "|unknown unit ")/,
    )
  })
})

describe('a request that takes longer than its deadline', () => {
  const slow: AdmissionPlugin = {
    name: 'Slow',
    handles: ['CREATE'],
    async validate(ctx) {
      while (Date.now() < (ctx.deadline ?? 0)) await new Promise((resolve) => setTimeout(resolve, 5))
    },
  }
  const server = served({ admission: [slow] })

  test('is a timeout, and nothing is stored after it', async () => {
    const path = freshPath()
    const answer = await server.send(`${path}?timeout=50ms`, { body: widget('a') })
    expect(answer.json()).toMatchObject({
      code: 504,
      reason: 'Timeout',
      message: 'Timeout: request did not complete within requested timeout - context deadline exceeded',
    })
    expect((await server.send(`${path}/a`)).status).toBe(404)
  })
})

describe('a watch', () => {
  const server = served()

  test('has no deadline but its own', async () => {
    const path = freshPath()
    await create(server, path, widget('a'))
    const answer = await server.send(`${path}?watch=true&timeout=1ms&timeoutSeconds=1`)
    expect(answer.status).toBe(200)
    expect(answer.text.split('\n')).toHaveLength(2)
  })
})
