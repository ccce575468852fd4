import type { RevisionedKV } from 'express-apiserver'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RequestContext } from '../../lib/endpoints/index.js'
import { isLongRunning } from '../../lib/server/filters/long-running.js'
import { installHealthz, pingCheck } from '../../lib/server/health.js'
import { installHealthChecks } from '../../lib/server/health-checks.js'
import { Lifecycle } from '../../lib/server/lifecycle.js'
import { PathRecorderMux } from '../../lib/server/path-recorder-mux.js'
import { type ListeningServer, listenOn, send } from '../support/server.js'
import { type Served, served } from './harness.js'

const open: ListeningServer[] = []
afterAll(async () => {
  for (const server of open) await server.close()
})

async function muxed(mux: PathRecorderMux): Promise<string> {
  const server = await listenOn((req, res) => {
    const path = (req.url ?? '').split('?')[0] ?? ''
    void mux.match(path)?.(new RequestContext(req, res, path), path)
  })
  open.push(server)
  return server.url
}

/** Waits until the caches of a server are filled. */
function whenReady(server: Served): void {
  beforeAll(async () => {
    while ((await server.send('/readyz')).status !== 200) await new Promise((resolve) => setTimeout(resolve, 10))
  })
}

describe('health checks', () => {
  const server = served({ health: true })
  whenReady(server)

  test.each(['/healthz', '/livez', '/readyz', '/healthz/ping', '/readyz/storage'])('%s is ok', async (path) => {
    const answer = await server.send(path)
    expect([answer.status, answer.text]).toEqual([200, 'ok'])
    expect(answer.headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache, private',
    })
  })

  test('tell each check when asked', async () => {
    expect((await server.send('/readyz?verbose')).text).toBe(
      '[+]ping ok\n[+]storage ok\n[+]watch-cache ok\n[+]informer-sync ok\n[+]shutdown ok\nreadyz check passed\n',
    )
  })

  test('leave out what is excluded, and say what cannot be', async () => {
    expect((await server.send('/readyz?verbose&exclude=storage&exclude=y&exclude=x&exclude=y')).text).toBe(
      '[+]ping ok\n[+]storage excluded: ok\n[+]watch-cache ok\n[+]informer-sync ok\n[+]shutdown ok\n' +
        'warn: some health checks cannot be excluded: no matches for "x", "y"\nreadyz check passed\n',
    )
  })

  test('of a name that does not exist are not there', async () => {
    expect((await server.send('/healthz/nothing')).status).toBe(404)
  })

  test('answer HEAD without a body', async () => {
    const answer = await server.send('/healthz', { method: 'HEAD' })
    expect([answer.status, answer.text, answer.headers['content-length']]).toEqual([200, '', '2'])
  })
})

describe('a failing check', () => {
  async function failing(query: string): Promise<{ status: number; text: string; told: unknown[] }> {
    const told: unknown[] = []
    const mux = new PathRecorderMux()
    const check = { name: 'store', check: () => Promise.reject(new Error('the password is wrong')) }
    installHealthz(mux, '/healthz', [pingCheck, check], (name, err) => told.push(name, (err as Error).message))
    const { status, text } = await send(`${await muxed(mux)}${query}`)
    return { status, text, told }
  }

  test('fails the whole, and its reason goes to the log alone', async () => {
    const { status, text, told } = await failing('/healthz')
    expect([status, text]).toEqual([500, '[+]ping ok\n[-]store failed: reason withheld\nhealthz check failed\n'])
    expect(told).toEqual(['store', 'the password is wrong'])
  })

  test('can be excluded', async () => {
    expect(await failing('/healthz?exclude=store')).toMatchObject({ status: 200, text: 'ok', told: [] })
  })

  test('fails on a path of its own', async () => {
    const { status, text } = await failing('/healthz/store')
    expect([status, text]).toEqual([500, 'internal server error: store failed'])
  })
})

describe('a check of the app', () => {
  const ask: Partial<Record<string, () => Promise<void> | void>> = {}
  const server = served({
    health: true,
    healthChecks: [
      { name: 'mailer', check: () => ask.mailer?.() },
      { name: 'deadlock', check: () => ask.deadlock?.(), endpoints: ['livez'] },
    ],
  })
  whenReady(server)

  test('stands in what it is for, and on a path of its own', async () => {
    expect((await server.send('/readyz?verbose')).text).toContain('[+]mailer ok\n[+]shutdown ok\n')
    expect((await server.send('/livez?verbose')).text).toBe('[+]ping ok\n[+]deadlock ok\nlivez check passed\n')
    expect((await server.send('/readyz/mailer')).text).toBe('ok')
    expect((await server.send('/livez/mailer')).status).toBe(404)
  })

  test('fails the whole when it throws, and its reason goes to the log alone', async () => {
    ask.mailer = () => Promise.reject(new Error('no route to 10.0.0.7'))
    const answer = await server.send('/readyz')
    ask.mailer = () => {}
    expect(answer.status).toBe(500)
    expect(answer.text).toContain('[-]mailer failed: reason withheld\n')
    expect(server.log.warnings).toContain('a health check failed')
    expect((await server.send('/livez')).status).toBe(200)
  })

  test('that never answers has failed', async () => {
    ask.mailer = () => new Promise<void>(() => {})
    const answer = await server.send('/readyz/mailer')
    ask.mailer = () => {}
    expect([answer.status, answer.text]).toEqual([500, 'internal server error: mailer failed'])
  })

  test('needs a name of its own that can be a path', () => {
    const check = (name: string) => () =>
      installHealthz(new PathRecorderMux(), '/healthz', [pingCheck, { name, check() {} }], () => {})
    expect(check('a/b')).toThrow('cannot be a path')
    expect(check('ping')).toThrow('registered twice')
  })
})

describe('an informer or a cache that has not seen everything', () => {
  test('keeps the server from being ready, not alive', async () => {
    const kv = { currentRevision: async () => 1 } as unknown as RevisionedKV
    const unsynced = ['widgets.example.com']
    const uncached = ['gadgets.example.com']
    const mux = new PathRecorderMux()
    const logger = { info() {}, warn() {}, error() {} }
    const waiting = { unsynced: () => unsynced, uncached: () => uncached }
    installHealthChecks(mux, { kv, lifecycle: new Lifecycle(isLongRunning), ...waiting, logger }, [])
    const url = await muxed(mux)
    expect((await send(`${url}/readyz`)).text).toContain('[-]informer-sync failed')
    expect((await send(`${url}/readyz/watch-cache`)).status).toBe(500)
    expect((await send(`${url}/livez`)).status).toBe(200)
    uncached.pop()
    expect((await send(`${url}/readyz`)).status).toBe(500)
    unsynced.pop()
    expect((await send(`${url}/readyz`)).status).toBe(200)
  })
})
