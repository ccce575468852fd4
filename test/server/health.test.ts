import { describe, expect, test } from 'vitest'
import type { RequestContext } from '../../lib/endpoints/index.js'
import { installHealthz, pingCheck } from '../../lib/server/health.js'
import { PathRecorderMux } from '../../lib/server/path-recorder-mux.js'
import { listenOn, send } from '../support/server.js'
import { freshPath, served, V2, widget } from './harness.js'

describe('health checks', () => {
  const server = served({ health: true })

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
      '[+]ping ok\n[+]storage ok\n[+]shutdown ok\nreadyz check passed\n',
    )
  })

  test('leave out what is excluded, and say what cannot be', async () => {
    expect((await server.send('/readyz?verbose&exclude=storage&exclude=x&exclude=y')).text).toBe(
      '[+]ping ok\n[+]storage excluded: ok\n[+]shutdown ok\n' +
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
    const { RequestContext } = await import('../../lib/endpoints/index.js')
    const server = await listenOn((req, res) => {
      const path = (req.url ?? '').split('?')[0] ?? ''
      const ctx: RequestContext = new RequestContext(req, res, path)
      void mux.match(path)?.(ctx, path)
    })
    const { status, text } = await send(`${server.url}${query}`)
    await server.close()
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

describe('metrics', () => {
  const server = served({ metrics: true })
  const series = async () =>
    (await server.send('/metrics')).text.split('\n').filter((line) => line.startsWith('apiserver_request_total'))

  test('count requests by verb, resource and code', async () => {
    const path = freshPath()
    await server.send(path, { body: widget('a') })
    await server.send(`${path}/a`)
    await server.send(`${path}/a`)
    await server.send(`${path}/b`)
    const labels = 'group="example.com",resource="widgets"'
    expect(await series()).toEqual(
      expect.arrayContaining([
        `apiserver_request_total{code="201",${labels},verb="CREATE",version="v2"} 1`,
        `apiserver_request_total{code="200",${labels},verb="GET",version="v2"} 2`,
        `apiserver_request_total{code="404",${labels},verb="GET",version="v2"} 1`,
      ]),
    )
  })

  test('make no series of what strangers think up', async () => {
    await server.send(`${V2}/unknown`)
    const before = (await series()).length
    for (let i = 0; i < 20; i++) {
      await server.send(`/apis/example.com/v${i + 100}%22%7D/widgets`)
      await server.send(`${V2}/thing${i}`)
      await server.send(`${V2}/widgets`, { method: 'PROPFIND' })
      await server.send(`/apis/group${i}.com/v1/things`)
    }
    // One for the method that the resource does not have, one for the paths that nobody owns.
    expect((await series()).length).toBeLessThanOrEqual(before + 2)
    expect((await series()).join()).not.toMatch(/thing|v1\d\d|PROPFIND/)
  })

  test('are text that Prometheus reads', async () => {
    const answer = await server.send('/metrics')
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    for (const line of answer.text.trimEnd().split('\n'))
      expect(line).toMatch(/^(# (HELP|TYPE) .+|[a-z_]+(\{([a-z]+="[^"]*",?)+\})? [0-9.e+]+)$/)
    expect(answer.text).toMatch(/\napiserver_current_inflight_requests 1\n/)
  })
})
