import { afterEach, describe, expect, test } from 'vitest'
import { type InFlightLimits, withMaxInFlight } from '../../../lib/server/filters/max-in-flight.js'
import { send } from '../../support/server.js'
import { endings, type Held, held } from './held.js'

const PODS = '/api/v1/namespaces/a/pods'

let open: Held | undefined
afterEach(() => open?.server.close())

async function limited(limits: InFlightLimits, serve?: Parameters<typeof held>[1]) {
  open = await held(withMaxInFlight(limits), serve)
  const { url } = open.server
  return { ...open, ask: (path: string, sent = {}) => send(url + path, sent), url }
}

describe('at the limit of requests in flight', () => {
  test('one more is turned away as Kubernetes does it', async () => {
    const { ask, serving, release } = await limited({ maxRequestsInFlight: 1 })
    const first = ask(PODS)
    await serving(1)
    const answer = await ask(PODS)
    expect([answer.status, answer.text, answer.headers['retry-after'], answer.headers['content-type']]).toEqual([
      429,
      'Too many requests, please try again later.\n',
      '1',
      'text/plain; charset=utf-8',
    ])
    expect(answer.headers['x-content-type-options']).toBe('nosniff')
    release()
    expect((await first).status).toBe(200)
  })

  test("reads and writes do not stand in each other's way", async () => {
    const { ask, serving, release } = await limited({ maxRequestsInFlight: 1, maxMutatingRequestsInFlight: 1 })
    const read = ask(PODS)
    const write = ask(PODS, { body: {} })
    await serving(2)
    const refused = [
      ask(`${PODS}/x`),
      ask('/version'),
      ask(`${PODS}/x`, { method: 'DELETE' }),
      ask('/version', { method: 'POST' }),
    ]
    expect((await Promise.all(refused)).map(({ status }) => status)).toEqual([429, 429, 429, 429])
    release()
    release()
    expect([(await read).status, (await write).status]).toEqual([200, 200])
  })

  test.each([
    ['a watch', `${PODS}?watch=true`],
    ['a proxy', `${PODS}/x/proxy`],
    ['a log', `${PODS}/x/log`],
    ['an exec', `${PODS}/x/exec`],
    ['a profile', '/debug/pprof/heap'],
  ])('%s is served, and counts for nothing', async (_, path) => {
    const { ask, serving, release } = await limited({ maxRequestsInFlight: 1, maxMutatingRequestsInFlight: 1 })
    const answers = [ask(path), ask(path), ask(PODS)]
    await serving(3)
    for (let i = 0; i < 3; i++) release()
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200])
  })

  test('who may do everything is served, and does not count', async () => {
    const { ask, serving, release } = await limited({ maxRequestsInFlight: 1 })
    const admin = { headers: { 'x-groups': 'system:authenticated,system:masters' } }
    const first = ask(PODS)
    await serving(1)
    const second = ask(PODS, admin)
    await serving(2)
    // The one within the limit goes; its place is free though the other is still served.
    release()
    expect((await first).status).toBe(200)
    const third = ask(PODS)
    await serving(2)
    expect((await ask(PODS)).status).toBe(429)
    release()
    release()
    expect([(await second).status, (await third).status]).toEqual([200, 200])
  })

  test('0 is no limit', async () => {
    const { ask, serving, release } = await limited({ maxRequestsInFlight: 0 })
    const answers = Array.from({ length: 20 }, () => ask(PODS))
    await serving(20)
    for (let i = 0; i < 20; i++) release()
    expect(new Set((await Promise.all(answers)).map(({ status }) => status))).toEqual(new Set([200]))
  })
})

describe('the place of a request is free again', () => {
  test.each(endings)('when it %s', async (_, serve, status) => {
    const { ask } = await limited({ maxRequestsInFlight: 1 }, serve)
    expect([(await ask(PODS)).status, (await ask(PODS)).status]).toEqual([status, status])
  })

  test('when its client is gone and it is over', async () => {
    const { ask, serving, served, release, url } = await limited({ maxRequestsInFlight: 1 })
    const leaving = new AbortController()
    const gone = fetch(url + PODS, { signal: leaving.signal }).catch(() => 'gone')
    await serving(1)
    const closed = new Promise((resolve) => served[0]?.signal.addEventListener('abort', resolve))
    leaving.abort()
    expect(await gone).toBe('gone')
    await closed
    // Its work is still being done: the place is taken until that ends.
    expect((await ask(PODS)).status).toBe(429)
    release()
    const next = ask(PODS)
    await serving(1)
    release()
    expect((await next).status).toBe(200)
  })
})
