import type { AdmissionPlugin, AuditEvent, Filter, RequestContext } from 'express-apiserver'
import { conflict, forbidden, serviceUnavailable, tooManyRequests } from 'express-apiserver'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { parseExposition, sumOf } from '../support/prometheus.js'
import { openWatch, type Sent } from '../support/server.js'
import { freshPath, served, widget } from './harness.js'

const unhandled: unknown[] = []
const hear = (err: unknown) => void unhandled.push(err)
beforeAll(() => void process.on('unhandledRejection', hear))
afterAll(() => void process.off('unhandledRejection', hear))
afterEach(() => {
  expect(unhandled.splice(0)).toEqual([])
})

const later = (milliseconds = 5) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))
const slow: AdmissionPlugin = {
  name: 'Slow',
  handles: ['CREATE'],
  admit: (_ctx, { name }) => (name === 'slow' ? later(60) : undefined),
}

/** What the filter under test is, and stages of the audit log. */
let filter: Filter = (_, next) => next()
let inner: (ctx: RequestContext) => Promise<void> | void = () => {}
const stages: string[] = []
const tell = (events: readonly AuditEvent[]): boolean => {
  for (const event of events) {
    const { auditID, stage, responseStatus } = event.toJSON()
    stages.push(`${auditID} ${stage} ${responseStatus?.code}`)
  }
  return true
}
const server = served({
  metrics: true,
  requestTimeoutMs: 1_500,
  admission: [slow],
  audit: {
    policy: { rules: [{ level: 'Metadata' }], omitStages: ['RequestReceived'] },
    backends: [{ name: 'test', processEvents: tell, close: async () => {} }],
  },
  buildHandlerChain: (filters) => [
    ...filters,
    { name: 'Mine', filter: (ctx, next) => (ctx.path.includes('/widgets') ? filter(ctx, next) : next()) },
    {
      name: 'Inner',
      filter: (ctx, next) => {
        const begun = inner(ctx)
        return begun ? begun.then(next) : next()
      },
    },
  ],
})

let ids = 0
async function asked(mine: Filter, sent: Sent & { path?: string } = {}) {
  filter = mine
  const id = `request-${++ids}`
  const answer = await server.send(sent.path ?? freshPath(), { ...sent, headers: { ...sent.headers, 'audit-id': id } })
  const told = () => stages.filter((text) => text.startsWith(`${id} `)).map((text) => text.slice(id.length + 1))
  await expect.poll(told).toHaveLength(1)
  return { answer, audited: told()[0] }
}
afterEach(() => {
  inner = () => {}
})

describe('a filter that throws a StatusError', () => {
  const gr = { group: 'example.com', resource: 'widgets' }
  const thrown: [string, Error & { code: number }, Record<string, unknown>][] = [
    ['429', tooManyRequests('slow down', 5), { reason: 'TooManyRequests', message: 'slow down' }],
    ['403', forbidden(gr, '', 'the quota is used up'), { reason: 'Forbidden' }],
    ['503', serviceUnavailable('not now', 7), { reason: 'ServiceUnavailable' }],
  ]
  const ways: [string, (err: Error) => Filter][] = [
    [
      'at once',
      (err) => () => {
        throw err
      },
    ],
    ['as a rejection', (err) => () => Promise.reject(err)],
    [
      'after a while',
      (err) => async () => {
        await later()
        throw err
      },
    ],
  ]

  test.each(thrown.flatMap((status) => ways.map((way) => [...status, ...way] as const)))(
    'is answered %s as this Status, and complete in the audit log',
    async (code, err, fields, _, way) => {
      server.log.errors.length = 0
      const { answer, audited } = await asked(way(err))
      expect(answer.json()).toMatchObject({ kind: 'Status', code: Number(code), ...fields })
      expect(answer.status).toBe(Number(code))
      const seconds = answer.json<{ details?: { retryAfterSeconds?: number } }>().details?.retryAfterSeconds
      expect(answer.headers['retry-after']).toBe(seconds === undefined ? undefined : String(seconds))
      expect(audited).toBe(`ResponseComplete ${code}`)
      expect(server.log.errors).toEqual([])
    },
  )

  test('is counted with its code', async () => {
    const before = parseExposition((await server.send('/metrics')).text)
    await asked(() => {
      throw tooManyRequests('slow down', 1)
    })
    const after = parseExposition((await server.send('/metrics')).text)
    const labels = { verb: 'LIST', code: '429' }
    const [was, is] = [before, after].map((families) => sumOf(families, 'apiserver_request_total', labels))
    expect(is! - was!).toBe(1)
  })

  test('waits for what it began before, and does not answer a second time', async () => {
    const { answer, audited } = await asked(
      (_, next) => {
        void next()
        throw conflict(gr, 'slow', 'too late')
      },
      { body: widget('slow') },
    )
    expect([answer.status, audited]).toEqual([201, 'ResponseComplete 201'])
  })
})

describe('any other error of a filter', () => {
  test.each<[string, Filter]>([
    [
      'thrown',
      () => {
        throw new Error('mine')
      },
    ],
    ['rejected', () => Promise.reject(new Error('mine'))],
    [
      'rejected once `next` began',
      (_, next) => {
        void next()
        return Promise.reject(new Error('mine'))
      },
    ],
  ])('is a panic, and logged: %s', async (way, mine) => {
    server.log.errors.length = 0
    const request = asked(mine)
    if (way.includes('began')) await request.catch(() => {})
    else {
      const { answer, audited } = await request
      expect([answer.status, audited]).toEqual([500, 'Panic 500'])
    }
    expect(server.log.errors).toEqual([new Error('mine')])
  })
})

describe('a filter that calls `next` and does not return what it gives', () => {
  const forgetful: [string, Filter][] = [
    ['at once', (_, next) => void next()],
    [
      'in an async function',
      async (_, next) => {
        await later()
        void next()
      },
    ],
    ['from a callback', (_, next) => void setTimeout(() => next(), 5)],
    [
      'from a callback of an async function',
      async (_, next) => {
        setTimeout(() => next(), 5)
      },
    ],
    [
      'and waits for something else',
      (_, next) => {
        void next()
        return later(20)
      },
    ],
    [
      'in an async function that waits for something else',
      async (_, next) => {
        await later()
        void next()
        await later(20)
      },
    ],
    [
      'twice',
      (_, next) => {
        void next()
        void next()
      },
    ],
  ]

  test.each(forgetful)('is waited for, and the audit log has the answer: %s', async (_, mine) => {
    const { answer, audited } = await asked(mine, { body: widget('slow') })
    expect([answer.status, audited]).toEqual([201, 'ResponseComplete 201'])
  })

  test.each(forgetful)('is ended at the deadline: %s', async (_, mine) => {
    const { answer, audited } = await asked(mine, { path: `${freshPath()}?timeout=30ms`, body: widget('slow') })
    expect([answer.status, audited]).toEqual([504, 'ResponseComplete 504'])
  })

  const failures: [string, () => Promise<void> | void][] = [
    [
      'throws',
      () => {
        throw new Error('within')
      },
    ],
    ['rejects', () => later(1).then(() => Promise.reject(new Error('within')))],
  ]
  const each = forgetful.flatMap(([how, mine]) => failures.map(([fails, fail]) => [fails, how, mine, fail] as const))

  test.each(each)('panics where what it led to %s: %s', async (_fails, _how, mine, fail) => {
    server.log.errors.length = 0
    inner = fail
    const { answer, audited } = await asked(mine)
    expect([answer.status, audited]).toEqual([500, 'Panic 500'])
    expect(server.log.errors).toEqual([new Error('within')])
  })

  test.each(forgetful)('goes on once: %s', async (_, mine) => {
    let times = 0
    inner = () => {
      times++
      return later()
    }
    await asked(mine)
    expect(times).toBe(1)
  })

  test('has watches last as long as they do elsewhere', async () => {
    filter = (_, next) => void next()
    const path = freshPath()
    const watch = await openWatch(`${server.url}${path}?watch=true`)
    await server.send(path, { body: widget('a') })
    expect((await watch.until((events) => events.length > 0))[0]?.type).toBe('ADDED')
    watch.cancel()
    await watch.ended
  })
})

describe('a filter that waits for `next`', () => {
  test('may answer for what failed behind it', async () => {
    server.log.errors.length = 0
    inner = () => {
      throw new Error('within')
    }
    const answering: Filter = async ({ response }, next) => {
      await later()
      try {
        await next()
      } catch {
        response.writeHead(502).end('mine')
      }
    }
    const { answer, audited } = await asked(answering)
    expect([answer.status, answer.text, audited]).toEqual([502, 'mine', 'ResponseComplete 502'])
    expect(server.log.errors).toEqual([])
  })

  test('hides no failure that it does not answer', async () => {
    inner = () => {
      throw new Error('within')
    }
    const hiding: Filter = async (_, next) => {
      try {
        await next()
      } catch {
        // hoping for the best
      }
    }
    expect((await asked(hiding)).audited).toBe('Panic 500')
  })
})

describe('a filter that neither answers nor goes on', () => {
  test.each<[string, Filter]>([
    ['returns', () => {}],
    ['waits for nothing', async () => {}],
    ['waits for ever', () => new Promise(() => {})],
  ])('is ended by the time limit of requests: %s', async (_, mine) => {
    const { answer, audited } = await asked(mine)
    expect(answer.json()).toMatchObject({ code: 504, reason: 'Timeout' })
    expect(audited).toBe('ResponseComplete 504')
  })

  test('leads nowhere any more once that was answered', async () => {
    const path = freshPath()
    let gaveUp = () => {}
    const over = new Promise<void>((resolve) => {
      gaveUp = resolve
    })
    const late: Filter = async (_, next) => {
      await over
      await next()
    }
    const { answer } = await asked(late, { path: `${path}?timeout=20ms`, body: widget('a') })
    expect(answer.status).toBe(504)
    gaveUp()
    await later()
    filter = (_, next) => next()
    expect((await server.send(`${path}/a`)).status).toBe(404)
  })
})

describe('a filter that answers', () => {
  test.each<[string, Filter]>([
    ['at once', ({ response }) => void response.writeHead(418).end('teapot')],
    ['later', ({ response }) => void setTimeout(() => response.writeHead(418).end('teapot'), 20)],
    [
      'piece by piece',
      ({ response }) => {
        response.writeHead(418).write('tea')
        setTimeout(() => response.end('pot'), 20)
      },
    ],
  ])('%s has the last word, also in the audit log', async (_, mine) => {
    const { answer, audited } = await asked(mine)
    expect([answer.status, answer.text, audited]).toEqual([418, 'teapot', 'ResponseComplete 418'])
  })

  test('and goes on all the same does nothing behind its answer', async () => {
    const path = freshPath()
    const both: Filter = ({ response }, next) => {
      response.writeHead(403).end('no')
      return next()
    }
    expect((await asked(both, { path, body: widget('a') })).answer.status).toBe(403)
    filter = (_, next) => next()
    expect((await server.send(`${path}/a`)).status).toBe(404)
  })
})
