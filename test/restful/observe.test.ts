import type http from 'node:http'
import net from 'node:net'
import express from 'express'
import { describe, expect, test } from 'vitest'
import {
  type AccessLogEntry,
  accessLog,
  Container,
  CurlyRouter,
  commonLogLine,
  filterMiddleware,
  noBrowserCache,
  RouterJSR311,
  WebService,
} from '../../lib/restful/index.js'
import { message } from './routed.js'
import { Served } from './served.js'

function users(): WebService {
  const ws = new WebService().path('/users').consumes('application/json').produces('application/json')
  ws.route(ws.get('/{id}').to((_req, res) => res.writeAsJson({})))
  ws.route(ws.put('/{id}').to((_req, res) => res.end()))
  ws.route(
    ws
      .get('/never')
      .if(() => false)
      .to(() => {}),
  )
  return ws
}

describe('the access log', () => {
  const logged = async (call: (server: Served) => Promise<unknown>): Promise<AccessLogEntry> => {
    let tell: (entry: AccessLogEntry) => void = () => {}
    const entry = new Promise<AccessLogEntry>((resolve) => {
      tell = resolve
    })
    const served = await Served.by(new Container().add(users()).filter(accessLog((each) => tell(each))))
    await call(served)
    return entry
  }

  test('tells of a request what was asked and answered', async () => {
    const entry = await logged((server) => server.get('/users/1?a=b'))
    expect(entry).toMatchObject({
      remoteAddress: '127.0.0.1',
      method: 'GET',
      url: '/users/1?a=b',
      protocol: 'HTTP/1.1',
      route: 'GET /users/{id}',
      status: 200,
      bytes: 3,
      complete: true,
    })
    expect(entry.milliseconds).toBeGreaterThanOrEqual(0)
  })

  test('tells of errors too', async () => {
    expect(await logged((server) => server.get('/nothing'))).toMatchObject({ route: '', status: 404, bytes: 19 })
  })

  test('has a line in the common log format that no client can break', () => {
    const entry: AccessLogEntry = {
      time: new Date('2026-01-02T03:04:05.678Z'),
      remoteAddress: '::1',
      method: 'GET',
      url: '/a" 200 1\n127.0.0.1 é\\',
      protocol: 'HTTP/1.1',
      route: '',
      status: 404,
      bytes: 19,
      milliseconds: 1,
      complete: true,
    }
    expect(commonLogLine(entry)).toBe(
      '::1 - - [02/Jan/2026:03:04:05 +0000] "GET /a\\u0022 200 1\\u000a127.0.0.1 \\u00e9\\u005c HTTP/1.1" 404 19',
    )
    expect(commonLogLine({ ...entry, remoteAddress: '' })).toMatch(/^- - - /)
  })

  test('tells of a client that went away', async () => {
    const entry = await new Promise<AccessLogEntry>((resolve) => {
      const ws = new WebService()
      ws.route(
        ws.get('/').to(async (_req, res) => {
          const raw = res.raw()
          res.flush()
          await new Promise((closed) => raw.once('close', closed))
        }),
      )
      Served.by(new Container().add(ws).filter(accessLog(resolve))).then((made) => {
        const socket = net.connect(made.port, '127.0.0.1')
        socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
        socket.once('data', () => socket.destroy())
      })
    })
    expect(entry).toMatchObject({ complete: false, bytes: 0 })
  })

  test('has the whole URL below a mount of Express', async () => {
    const entries: AccessLogEntry[] = []
    const app = express()
    app.use(
      '/k',
      new Container()
        .add(users())
        .filter(accessLog((each) => entries.push(each)))
        .middleware(),
    )
    const served = await Served.by(app)
    await served.get('/k/users/1')
    await expect.poll(() => entries.map((each) => each.url)).toEqual(['/k/users/1'])
  })
})

describe('the trace logger is told of', () => {
  const trace = async (method: string, path: string, headers: http.OutgoingHttpHeaders = {}): Promise<string[]> => {
    const lines: string[] = []
    const container = new Container().add(users()).traceLogger({ debug: (line) => lines.push(line) })
    const served = await Served.by(container)
    await served.call(method, path, headers)
    container.traceLogger(undefined)
    await served.call(method, path, headers)
    return lines
  }

  test.each<[string, string, http.OutgoingHttpHeaders, string]>([
    ['GET', '/users/1', {}, 'URL path:"/users/1" goes to GET /users/{id} of the WebService /users'],
    ['GET', '/nothing', {}, 'no WebService was found to match URL path:"/nothing"'],
    ['GET', '/users/1/2', {}, 'no Route in WebService with path /users was found to match URL path:"/users/1/2"'],
    ['DELETE', '/users/1', {}, 'no Route found that matches HTTP method "DELETE" of URL path:"/users/1"'],
    [
      'PUT',
      '/users/1',
      { 'Content-Type': 'a/b' },
      'no Route found that matches HTTP Content-Type: "a/b" of URL path:"/users/1"',
    ],
    ['GET', '/users/1', { Accept: 'a/b' }, 'no Route found that matches HTTP Accept: "a/b" of URL path:"/users/1"'],
    ['GET', '/%zz', {}, 'malformed URL:"/%zz"'],
    ['GET', '/a%0ab', {}, 'no WebService was found to match URL path:"/a\\nb"'],
  ])('%s %s %j: %s', async (method, path, headers, line) => {
    expect(await trace(method, path, headers)).toEqual([line])
  })
})

describe.each([
  ['CurlyRouter', new CurlyRouter()],
  ['strict CurlyRouter', new CurlyRouter({ strict: true })],
  ['RouterJSR311', new RouterJSR311()],
])('%s', (_name, router) => {
  test('knows the methods of a path, each once, those under a false condition left out', () => {
    const ws = users()
    ws.route(
      ws
        .put('/{id}')
        .consumes('text/plain')
        .to(() => {}),
    )
    ws.route(
      ws
        .delete('/{id}')
        .if((req) => req.headers['x-admin'] === '1')
        .to(() => {}),
    )
    const container = new Container({ router }).add(ws)
    expect(container.allowedMethods('/users/1', message())).toEqual(['GET', 'PUT'])
    expect(container.allowedMethods('/users/1', message('GET', { 'x-admin': '1' }))).toEqual(['GET', 'PUT', 'DELETE'])
    expect(container.allowedMethods('/users/1/2', message())).toEqual([])
    expect(container.allowedMethods('/nothing', message())).toEqual([])
  })
})

describe('a filter as a middleware of Express', () => {
  test('goes on to the app, and stands around it', async () => {
    const steps: string[] = []
    const app = express()
    app.use(filterMiddleware(noBrowserCache))
    app.use(
      filterMiddleware(async (req, res, chain) => {
        steps.push(`in ${req.queryParameter('a')}`)
        await chain.processFilter(req, res)
        steps.push(`out ${res.statusCode()}`)
      }),
    )
    app.get('/', (_req, res) => void res.status(201).send('app'))
    const served = await Served.by(app)
    const answer = await served.get('/?a=1')
    expect(answer).toMatchObject({ status: 201, body: 'app' })
    expect(answer.headers.pragma).toBe('no-cache')
    await expect.poll(() => steps).toEqual(['in 1', 'out 201'])
  })

  test('ends the request when it does not go on, and hands errors to the app', async () => {
    const app = express()
    app.use(
      '/stop',
      filterMiddleware((_req, res) => res.writeHeader(401)),
    )
    app.use(
      '/stop-later',
      filterMiddleware(async (_req, res) => res.writeHeader(402)),
    )
    app.use(
      '/now',
      filterMiddleware(() => {
        throw new Error('now')
      }),
    )
    app.use(
      '/later',
      filterMiddleware(async () => {
        throw new Error('later')
      }),
    )
    app.use(((error, _req, res, _next) => void res.status(500).send(error.message)) as express.ErrorRequestHandler)
    const served = await Served.by(app)
    expect((await served.get('/stop')).status).toBe(401)
    expect((await served.get('/stop-later')).status).toBe(402)
    expect((await served.get('/now')).body).toBe('now')
    expect((await served.get('/later')).body).toBe('later')
  })
})

test('several containers serve side by side, each with filters and handlers of its own', async () => {
  const make = (name: string): Container =>
    new Container({ serviceErrorHandler: (error, _req, res) => res.writeErrorString(error.code, name) })
      .add(users())
      .filter((req, res, chain) => {
        res.setHeader('X-Container', name)
        return chain.processFilter(req, res)
      })
  const [one, two] = [make('one'), make('two')]
  const served = await Served.by(
    (req, res) => void (req.headers.host?.startsWith('one') ? one : two).dispatch(req, res),
  )
  const first = await served.get('/users/1', { Host: 'one' })
  expect(first.headers['x-container']).toBe('one')
  expect(await served.get('/nothing', { Host: 'two' })).toMatchObject({ status: 404, body: 'two' })
})
