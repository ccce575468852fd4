import { connect, createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { trace } from '@opentelemetry/api'
import type { ApiServerOptions, Filter, LogFields, NamedFilter } from 'express-apiserver'
import { apiserver, lmdb } from 'express-apiserver'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { withProbabilisticGoaway } from '../../lib/server/filters/goaway.js'
import { withHSTS } from '../../lib/server/filters/hsts.js'
import { Trace } from '../../lib/server/trace.js'
import { parseExposition, sumOf } from '../support/prometheus.js'
import { create, freshPath, served, V2, widget, widgets } from './harness.js'

/** The names of the chain that these options make. */
function chainOf(options: Partial<ApiServerOptions>): readonly string[] {
  let names: readonly string[] = []
  const buildHandlerChain = (filters: readonly NamedFilter[]) => {
    names = filters.map(({ name }) => name)
    return filters
  }
  apiserver({ resources: [widgets], storage: lmdb('/nowhere'), ...options, buildHandlerChain })
  return names
}

const spanless = { getTracer: () => ({}) } as unknown as Exclude<ApiServerOptions['tracing'], boolean | undefined>
const everything: Partial<ApiServerOptions> = {
  metrics: true,
  httpLog: true,
  slowRequestMs: 500,
  tracing: spanless,
  hsts: { maxAge: 1 },
  cacheControl: 'no-store',
  goawayChance: 0.001,
  cors: { allowedOrigins: ['https://a.example.com'] },
  authenticate: () => 'somebody',
  authorize: () => 'allow',
  audit: { policy: { rules: [{ level: 'Metadata' }] }, log: { path: '-' } },
}

describe('the chain', () => {
  test('has its filters in the order of Kubernetes, from the socket to the route', () => {
    expect(chainOf(everything)).toEqual([
      'AuditAnnotations',
      'PanicRecovery',
      'RequestReceivedTimestamp',
      'RequestInfo',
      'Metrics',
      'Tracing',
      'HTTPLogging',
      'Trace',
      'RetryAfterOnShutdown',
      'HSTS',
      'CacheControl',
      'ProbabilisticGoaway',
      'WaitGroup',
      'RequestDeadline',
      'TimeoutForNonLongRunningRequests',
      'WarningRecorder',
      'CORS',
      'Authentication',
      'TraceAfterAuthentication',
      'Audit',
      'Impersonation',
      'TraceAfterImpersonation',
      'MaxInFlightLimit',
      'Authorization',
      'TraceAfterAuthorization',
    ])
  })

  test('has priority and fairness in the place of the simple limits', () => {
    const api = chainOf({ ...everything, slowRequestMs: undefined as never, flowControl: { totalConcurrency: 10 } })
    expect(api.slice(-3)).toEqual(['Impersonation', 'PriorityAndFairness', 'Authorization'])
  })

  test('has nothing that nobody asked for', () => {
    expect(chainOf({})).toEqual([
      'PanicRecovery',
      'RequestReceivedTimestamp',
      'RequestInfo',
      'RetryAfterOnShutdown',
      'CacheControl',
      'WaitGroup',
      'RequestDeadline',
      'TimeoutForNonLongRunningRequests',
      'WarningRecorder',
      'MaxInFlightLimit',
    ])
  })
})

describe('what `buildHandlerChain` gives back', () => {
  const mine: Filter = (_, next) => next()
  type Build = (filters: readonly NamedFilter[]) => unknown
  const begun = (build: Build) =>
    apiserver({
      resources: [widgets],
      storage: lmdb('/nowhere'),
      buildHandlerChain: build as NonNullable<ApiServerOptions['buildHandlerChain']>,
    })

  test.each<[string, Build, string]>([
    ['nothing', () => {}, 'must give back the list of filters, but gave undefined'],
    ['a promise', async (filters) => filters, 'must give back the list of filters, but gave a value of type object'],
    [
      'no RequestInfo',
      (filters) => filters.filter(({ name }) => name !== 'RequestInfo'),
      'left out RequestInfo, which the filters behind it and the API need',
    ],
    ['a name twice', (filters) => [...filters, filters[3]], 'gave two filters named RetryAfterOnShutdown'],
    [
      'a filter that is not there',
      (filters) => [...filters, { name: 'Quota', filter: undefined }],
      'gave undefined as the filter Quota, not a function',
    ],
    [
      'a filter that is none',
      (filters) => [...filters, { name: 'Quota', filter: { handle: mine } }],
      'gave a value of type object as the filter Quota, not a function',
    ],
    [
      'a filter without its name',
      (filters) => [mine, ...filters],
      'must name each filter, as { name, filter }: number 1 is a value of type function without a name',
    ],
    [
      'a hole',
      (filters) => [...filters, undefined],
      'must name each filter, as { name, filter }: number 11 is undefined without a name',
    ],
  ])('is a mistake that is told at once: %s', (_, build, message) => {
    expect(() => begun(build)).toThrow(new TypeError(`buildHandlerChain ${message}`))
  })

  test('may have RequestInfo replaced, and the same function in two places', () => {
    const build: Build = (filters) => [
      ...filters.map((slot) => (slot.name === 'RequestInfo' ? { ...slot, filter: mine } : slot)),
      { name: 'First', filter: mine },
      { name: 'Second', filter: mine },
    ]
    expect(() => begun(build)).not.toThrow()
  })
})

describe('the last word on the chain', () => {
  const teapot: Filter = ({ response }) => void response.writeHead(418).end()
  const replaced = served({
    maxRequestsInFlight: 1,
    buildHandlerChain: (filters) =>
      filters.map((slot) => (slot.name === 'MaxInFlightLimit' ? { ...slot, filter: teapot } : slot)),
  })
  let left = ''
  const lacking = served({
    ...everything,
    tracing: false,
    metrics: true,
    buildHandlerChain: (filters) =>
      filters.map(({ name, filter }) => ({
        name,
        filter: (ctx, next) => (name === left ? next() : filter(ctx, next)),
      })),
  })
  const bare = served({
    buildHandlerChain: (filters) => [
      ...filters.filter(({ name }) => name !== 'PanicRecovery' && name !== 'MaxInFlightLimit'),
      {
        name: 'Mine',
        filter: (ctx, next) => {
          if (ctx.query.has('break')) throw new Error('mine')
          return next()
        },
      },
    ],
  })

  test('replaces a filter', async () => {
    expect((await replaced.send(freshPath())).status).toBe(418)
  })

  test.each(chainOf({ ...everything, tracing: false }).filter((name) => name !== 'RequestInfo'))(
    'can do without %s',
    async (name) => {
      left = name
      const path = freshPath()
      expect((await lacking.send(path, { body: widget('a') })).status).toBe(201)
      expect((await lacking.send(`${path}/a`)).status).toBe(200)
    },
  )

  test('cannot do without what requests are about, and says so', async () => {
    left = 'RequestInfo'
    expect((await lacking.send(freshPath())).status).toBe(500)
    expect(lacking.log.errors).toContainEqual(new Error('no RequestInfo found in context, handler chain must be wrong'))
  })

  test('removes and adds filters, and may even do without panic recovery', async () => {
    const path = freshPath()
    expect((await bare.send(path)).status).toBe(200)
    await expect(bare.send(`${path}?break`)).rejects.toThrow()
    expect(bare.log.errors).toEqual([new Error('mine')])
    expect((await bare.send(path)).status).toBe(200)
  })
})

const staff = { name: 'ann', groups: ['staff'] }
const secured = served({
  health: true,
  metrics: true,
  authenticate: ({ headers }) => {
    if (headers['x-login'] === 'wrong') throw new Error('the password was "hunter2"')
    return headers['x-login'] === 'ann' ? staff : headers['x-login'] === 'bob' ? 'bob' : undefined
  },
  authorize: ({ user, verb, namespace, resource }) => {
    if (verb === 'impersonate') return user.name === 'ann' && resource === 'users' ? 'allow' : 'noOpinion'
    if (namespace === 'broken') throw new Error('the database of rights is away')
    return user.groups.includes('staff') ? 'allow' : { decision: 'noOpinion', reason: 'bob is <no> staff' }
  },
})
const ann = { 'x-login': 'ann' }
const bob = { 'x-login': 'bob' }

describe('who is not known', () => {
  test.each([
    ['says nothing', {}],
    ['says something wrong', { 'x-login': 'wrong' }],
    ['shows a token where none is taken', { authorization: 'Bearer abc' }],
  ])('and %s is answered 401, and nothing of why', async (_, headers: Record<string, string>) => {
    const answer = await secured.send(freshPath(), { headers })
    expect([answer.status, answer.headers['content-type']]).toEqual([401, 'application/json'])
    expect(answer.text).toBe(
      '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}\n',
    )
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-cache, private',
      'audit-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    expect(answer.headers['www-authenticate']).toBeUndefined()
  })

  test('is refused before anything is looked up: also where there is nothing', async () => {
    expect((await secured.send(`${V2}/nothing`)).status).toBe(401)
    expect((await secured.send('/metrics')).status).toBe(401)
  })
})

describe('who may not', () => {
  test('is answered 403 with what was asked, where, and why', async () => {
    const answer = await secured.send(`${V2}/namespaces/n/widgets/a`, { headers: bob, method: 'DELETE' })
    expect(answer.status).toBe(403)
    expect(answer.headers).toMatchObject({ 'content-type': 'application/json', 'x-content-type-options': 'nosniff' })
    expect(answer.json()).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message:
        'widgets.example.com "a" is forbidden: User "bob" cannot delete resource "widgets" in API group "example.com" in the namespace "n": bob is <no> staff',
      reason: 'Forbidden',
      details: { name: 'a', group: 'example.com', kind: 'widgets' },
      code: 403,
    })
  })

  test('hears of a path what it is', async () => {
    const answer = await secured.send('/metrics', { headers: bob })
    expect(answer.json()).toMatchObject({
      code: 403,
      message: 'forbidden: User "bob" cannot get path "/metrics": bob is <no> staff',
    })
  })

  test('may still ask how the server is', async () => {
    expect((await secured.send('/livez', { headers: bob })).text).toBe('ok')
  })

  test('is 500 in plain text when nobody could decide', async () => {
    const answer = await secured.send(`${V2}/namespaces/broken/widgets`, { headers: ann })
    expect([answer.status, answer.headers['content-type']]).toEqual([500, 'text/plain; charset=utf-8'])
    expect(answer.text).toContain(`Internal Server Error: "${V2}/namespaces/broken/widgets": `)
  })
})

describe('who acts as somebody else', () => {
  test('has the other’s rights', async () => {
    expect((await secured.send(freshPath(), { headers: ann })).status).toBe(200)
    const as = await secured.send(freshPath(), { headers: { ...ann, 'impersonate-user': 'bob' } })
    expect(as.json<{ message: string }>().message).toContain('User "bob" cannot list resource "widgets"')
  })

  test('must be allowed to, attribute by attribute', async () => {
    const path = freshPath()
    const asGroup = { ...ann, 'impersonate-user': 'bob', 'impersonate-group': 'staff' }
    for (const headers of [{ ...bob, 'impersonate-user': 'ann' }, asGroup]) {
      const answer = await secured.send(path, { headers })
      expect(answer.json()).toMatchObject({ code: 403, reason: 'Forbidden' })
      expect(answer.json<{ message: string }>().message).toMatch(/cannot impersonate resource "(users|groups)"/)
    }
  })

  test('must say as whom', async () => {
    const answer = await secured.send('/version', { headers: { ...ann, 'impersonate-group': 'staff' } })
    expect([answer.status, answer.headers['content-type']]).toEqual([500, 'text/plain; charset=utf-8'])
    expect(answer.text).toMatch(/^Internal Server Error: .*without impersonating a user\n$/)
  })
})

describe('impersonation where nothing asks for rights', () => {
  const server = served({ authenticate: () => 'ann' })

  test('is refused, not passed over', async () => {
    const answer = await server.send(freshPath(), { headers: { 'impersonate-user': 'bob' } })
    expect(answer.json()).toMatchObject({ code: 403 })
    expect((await server.send(freshPath())).status).toBe(200)
  })
})

describe('reviews', () => {
  test('are there with authentication or authorization, and not without', async () => {
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
    const attributes = { verb: 'get', group: 'example.com', resource: 'widgets', namespace: 'n' }
    const body = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: attributes },
    }
    expect((await secured.send(path, { body, headers: ann })).json()).toMatchObject({ status: { allowed: true } })
    const open = await secured.send('/apis/authentication.k8s.io/v1', { headers: ann })
    expect(open.json<{ resources: { name: string }[] }>().resources.map(({ name }) => name)).toEqual([
      'selfsubjectreviews',
      'tokenreviews',
    ])
    expect((await plain.send(path, { body })).status).toBe(404)
  })
})

const spans: { name: string; attributes: Record<string, unknown>; ended: boolean; links: number; error: boolean }[] = []
const recording = {
  getTracer: () => ({
    startSpan: (name: string, { attributes, links }: { attributes: object; links: readonly object[] }) => {
      const span = { name, attributes: { ...attributes }, ended: false, links: links.length, error: false }
      spans.push(span)
      return {
        setAttributes: (more: object) => Object.assign(span.attributes, more),
        recordException: () => {},
        setStatus: () => {
          span.error = true
        },
        end: () => {
          span.ended = true
        },
      }
    },
  }),
} as unknown as Exclude<ApiServerOptions['tracing'], boolean | undefined>

const lines: [fields: LogFields, message: string][] = []
const plain = served({
  metrics: true,
  httpLog: true,
  slowRequestMs: 40,
  tracing: recording,
  cors: {
    allowedOrigins: ['https://app.example.com'],
    allowedOriginPatterns: ['https://[a-z]+\\.pages\\.example\\.com'],
  },
  cacheControl: 'no-store',
  hsts: { maxAge: 60 },
  logger: {
    info: (fields, message) => void lines.push([fields, message]),
    warn: (fields, message) => void lines.push([fields, message]),
    error: (fields, message) => void lines.push([fields, message]),
  },
  buildHandlerChain: (filters) => [
    ...filters,
    {
      name: 'Trouble',
      filter: async (ctx, next) => {
        if (ctx.query.has('panic')) throw new Error('out of cheese')
        if (ctx.query.has('slow')) vi.advanceTimersByTime(60)
        await next()
      },
    },
  ],
})

describe('what nobody caught', () => {
  test('is 500 in plain text, logged with the id that the client was told', async () => {
    const answer = await plain.send(`${freshPath()}?panic`)
    expect([answer.status, answer.headers['content-type'], answer.text]).toEqual([
      500,
      'text/plain; charset=utf-8',
      'This request caused apiserver to panic. Look in the logs for details.\n',
    ])
    const [fields] = lines.find(([, message]) => message === 'apiserver panicked') ?? []
    expect(fields).toMatchObject({ auditID: answer.headers['audit-id'], err: new Error('out of cheese') })
    const families = parseExposition((await plain.send('/metrics')).text)
    expect(sumOf(families, 'apiserver_request_total', { verb: 'LIST', code: '500' })).toBe(1)
  })
})

describe('a page of another origin', () => {
  const path = freshPath()
  const from = (origin: string, method = 'GET') => plain.send(path, { method, headers: { origin } })

  test.each(['https://app.example.com', 'https://APP.example.com', 'https://docs.pages.example.com'])(
    '%s that may is told so, and its preflight ends here',
    async (origin) => {
      const answer = await from(origin)
      expect(answer.status).toBe(200)
      expect(answer.headers).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-allow-credentials': 'true',
        'access-control-allow-methods': 'POST, GET, OPTIONS, PUT, DELETE, PATCH',
        'access-control-allow-headers':
          'Content-Type, Content-Length, Accept-Encoding, X-CSRF-Token, Authorization, X-Requested-With, If-Modified-Since',
        'access-control-expose-headers': 'Date',
        vary: 'Origin',
      })
      const preflight = await from(origin, 'OPTIONS')
      expect([preflight.status, preflight.text]).toEqual([204, ''])
    },
  )

  test.each([
    'https://app.example.com.evil.org',
    'https://evil.org?https://app.example.com',
    'http://app.example.com',
    'https://a.b.pages.example.com',
    'https://xpages.example.com',
    'null',
    `https://${'a'.repeat(100_000)}!`.slice(0, 8000),
  ])('%.60s that may not is served as ever, and told nothing', async (origin) => {
    const answer = await from(origin)
    expect(answer.status).toBe(200)
    expect(answer.headers['access-control-allow-origin']).toBeUndefined()
    expect((await from(origin, 'OPTIONS')).status).toBe(405)
  })

  test('is never let in with everybody’s credentials', () => {
    expect(() => chainOf({ cors: { allowedOriginPatterns: ['.*'] } })).toThrow('credentials')
    expect(chainOf({ cors: { allowedOrigins: 'any' } })).toContain('CORS')
  })
})

describe('headers', () => {
  test('of caching are what was asked for', async () => {
    expect((await plain.send(freshPath())).headers['cache-control']).toBe('no-store')
  })

  test('of strict transport security come over TLS alone', async () => {
    expect((await plain.send(freshPath())).headers['strict-transport-security']).toBeUndefined()
    const over = async (encrypted: boolean, filter: Filter) => {
      const headers: Record<string, string> = {}
      await filter({ request: { socket: { encrypted } }, headers } as never, () => {})
      return headers
    }
    const hsts = withHSTS({ maxAge: 3600, includeSubDomains: true, preload: true })
    expect(await over(true, hsts)).toEqual({ 'Strict-Transport-Security': 'max-age=3600; includeSubDomains; preload' })
    expect(await over(false, hsts)).toEqual({})
    expect(() => withHSTS({ maxAge: -1 })).toThrow(RangeError)
  })
})

describe('the log', () => {
  test('has a line of fields for each request', async () => {
    const path = freshPath()
    const answer = await plain.send(`${path}?limit=1`, { headers: { 'user-agent': 'test/1.0' } })
    const [fields] =
      lines.find(([{ auditID }, message]) => message === 'HTTP' && auditID === answer.headers['audit-id']) ?? []
    expect(fields).toMatchObject({
      verb: 'list',
      URI: `${path}?limit=1`,
      userAgent: 'test/1.0',
      srcIP: '127.0.0.1',
      resp: 200,
    })
    expect(fields?.latencyMs).toBeGreaterThanOrEqual(0)
  })

  test('tells what a slow request spent its time on, and nothing of quick ones', async () => {
    const path = freshPath()
    // Time passes only where the test says so.
    vi.useFakeTimers({ toFake: ['performance'] })
    onTestFinished(() => void vi.useRealTimers())
    await plain.send(path)
    await plain.send(`${path}?slow`)
    const traces = lines.filter(([{ path: at }, message]) => message === 'Trace: HTTP request' && at === path)
    expect(traces).toHaveLength(1)
    expect(traces[0]?.[0]).toMatchObject({
      verb: 'list',
      resp: 200,
      ms: 60,
      steps: ['answered (60ms)'],
    })
  })

  test('of a trace has each step with its time', () => {
    const told: LogFields[] = []
    const logger = { info: (fields: LogFields) => void told.push(fields), warn() {}, error() {} }
    const trace = new Trace('work', { of: 1 })
    trace.step('read')
    trace.step('written')
    trace.logIfLong(Number.POSITIVE_INFINITY, logger)
    trace.logIfLong(-1, logger)
    const ms = expect.stringMatching(/\(\d+ms\)$/)
    expect(told).toEqual([{ of: 1, ms: expect.any(Number), steps: [ms, ms] }])
  })
})

describe('spans', () => {
  const last = () => spans.at(-1)

  test('are named by route, not by what strangers make up', async () => {
    const path = freshPath()
    await create(plain, path, widget('a'))
    expect(last()).toMatchObject({
      name: 'POST /apis/example.com/v2/namespaces/{:namespace}/widgets',
      attributes: { 'http.request.method': 'POST', 'http.response.status_code': 201, 'url.path': path },
      ended: true,
      error: false,
    })
    await plain.send(`${path}/a/status`)
    expect(last()?.name).toBe('GET /apis/example.com/v2/namespaces/{:namespace}/widgets/{:name}/status')
    await plain.send('/apis/example.com/v2/no-such-thing')
    expect(last()?.name).toBe('KubernetesAPI')
  })

  test('are made where an SDK was registered before, and nowhere else', () => {
    expect(chainOf({})).not.toContain('Tracing')
    trace.setGlobalTracerProvider(recording)
    expect(chainOf({})).toContain('Tracing')
    expect(chainOf({ tracing: false })).not.toContain('Tracing')
    trace.disable()
    expect(chainOf({ tracing: true })).not.toContain('Tracing')
  })

  test('of failures say so', async () => {
    await plain.send(`${freshPath()}?panic`)
    expect(last()).toMatchObject({ ended: true, error: true })
  })
})

describe('an HTTP/2 connection', () => {
  test('ends after a request that drew the lot, once what is on it is answered', async () => {
    const filter = withProbabilisticGoaway(0.02, () => 0)
    const server = createHttp2Server((request, response) => {
      void filter({ request, response } as never, () => {
        setTimeout(() => response.end('still answered'), 20)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const goaway = new Promise((resolve) => client.once('goaway', resolve))
    const text = await new Promise<string>((resolve, reject) => {
      const stream = client.request({ ':path': '/' }).on('error', reject).setEncoding('utf8')
      let all = ''
      stream.on('data', (chunk: string) => {
        all += chunk
      })
      stream.on('end', () => resolve(all))
    })
    expect([text, await goaway]).toEqual(['still answered', 0])
    await new Promise((resolve) => server.close(resolve))
  })

  test('is not ended by chance more often than a fiftieth', () => {
    expect(() => withProbabilisticGoaway(0.03)).toThrow(RangeError)
    expect(() => withProbabilisticGoaway(Number.NaN)).toThrow(RangeError)
  })
})
