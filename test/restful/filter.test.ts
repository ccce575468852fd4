import helmet from 'helmet'
import { describe, expect, test } from 'vitest'
import {
  Container,
  type FilterFunction,
  type Middleware,
  middlewareFilter,
  noBrowserCache,
  Request,
  WebService,
} from '../../lib/restful/index.js'
import { Served } from './served.js'

const say =
  (text: string): FilterFunction =>
  (req, res, chain) => {
    res.write(text)
    return chain.processFilter(req, res)
  }

const sayLater =
  (text: string): FilterFunction =>
  async (req, res, chain) => {
    await new Promise((later) => setImmediate(later))
    res.write(text)
    await chain.processFilter(req, res)
  }

function built(speak: typeof say, container: boolean, service: boolean, route: boolean): Container {
  const ws = new WebService()
  const foo = ws.get('/foo').to((_req, res) => res.end('foo'))
  if (route) foo.filter(speak('route-'))
  if (service) ws.filter(speak('service-'))
  ws.route(foo).route(ws.get('/bar').to((_req, res) => res.end('bar')))
  const result = new Container().add(ws)
  return container ? result.filter(speak('global-')) : result
}

describe.each([
  ['at once', say],
  ['later', sayLater],
])('filters that go on %s run from container to service to route', (_when, speak) => {
  test.each([
    [false, false, false, '/foo', 'foo'],
    [true, false, false, '/foo', 'global-foo'],
    [true, true, false, '/foo', 'global-service-foo'],
    [true, true, true, '/foo', 'global-service-route-foo'],
    [false, false, true, '/foo', 'route-foo'],
    [false, true, false, '/bar', 'service-bar'],
    [true, true, true, '/bar', 'global-service-bar'],
  ])('container %s, service %s, route %s: %s answers %s', async (container, service, route, path, body) => {
    const served = await Served.by(built(speak, container, service, route))
    expect((await served.get(path)).body).toBe(body)
  })
})

test('filters of one level run in the order they were added, also around what follows', async () => {
  const steps: string[] = []
  const around =
    (name: string): FilterFunction =>
    async (req, res, chain) => {
      steps.push(`${name} in`)
      await chain.processFilter(req, res)
      steps.push(`${name} out`)
    }
  const ws = new WebService()
  ws.route(ws.get('/').to(() => void steps.push('function')))
  const served = await Served.by(new Container().add(ws).filter(around('a')).filter(around('b')))
  await served.get('/')
  expect(steps).toEqual(['a in', 'b in', 'function', 'b out', 'a out'])
})

test('a filter that does not go on ends the request there', async () => {
  const ws = new WebService()
  ws.route(ws.get('/').to((_req, res) => res.end('reached')))
  const served = await Served.by(new Container().add(ws).filter((_req, res) => res.writeHeader(401)))
  expect(await served.get('/')).toMatchObject({ status: 401, body: '' })
})

test('a filter added later runs from then on', async () => {
  const ws = new WebService()
  ws.route(ws.get('/').to((_req, res) => res.end('end')))
  const container = new Container().add(ws)
  const served = await Served.by(container)
  expect((await served.get('/')).body).toBe('end')
  container.filter(say('container-'))
  ws.filter(say('service-'))
  expect((await served.get('/')).body).toBe('container-service-end')
})

test('without a route only the filters of the container run, then the service error handler', async () => {
  const ws = new WebService().path('/s').filter(say('service-'))
  ws.route(
    ws
      .get('/')
      .filter(say('route-'))
      .to(() => {}),
  )
  const seen: string[] = []
  const container = new Container().add(ws).filter((req, res, chain) => {
    seen.push(`${req.routingError?.code} ${req.pathParameters().size}`)
    return chain.processFilter(req, res)
  })
  container.filter((req, res, chain) => {
    res.addHeader('X-Filter', 'ran')
    return chain.processFilter(req, res)
  })
  const served = await Served.by(container)
  const answer = await served.call('PUT', '/s')
  expect(answer).toMatchObject({ status: 405, body: '405: Method Not Allowed' })
  expect(answer.headers).toMatchObject({ allow: 'GET', 'x-filter': 'ran' })
  expect(seen).toEqual(['405 0'])
})

test('a filter can leave values behind and hand on another request', async () => {
  const ws = new WebService()
  ws.route(ws.get('/{id}').to((req, res) => res.end(`${req.attribute('user')}:${req.pathParameter('id')}`)))
  const container = new Container().add(ws).filter((req, res, chain) => {
    const other = new Request(req.request, undefined, req.route, { get: () => 'other', all: () => new Map() })
    other.setAttribute('user', 'ada')
    return chain.processFilter(other, res)
  })
  const served = await Served.by(container)
  expect((await served.get('/1')).body).toBe('ada:other')
})

test('what a filter throws, at once or later, is recovered', async () => {
  const ws = new WebService().filter((req) => {
    if (req.request.url === '/now') throw new Error('now')
    return Promise.reject(new Error('later'))
  })
  ws.route(ws.get('/{any}').to(() => {}))
  const messages: string[] = []
  const container = new Container().add(ws).recoverHandler((error, _req, res) => {
    messages.push((error as Error).message)
    res.writeErrorString(500, '')
  })
  const served = await Served.by(container)
  expect((await served.get('/now')).status).toBe(500)
  expect((await served.get('/later')).status).toBe(500)
  expect(messages).toEqual(['now', 'later'])
})

describe('a middleware as a filter', () => {
  const serveWith = async (...middlewares: Middleware[]): Promise<Served> => {
    const ws = new WebService()
    ws.route(ws.get('/').to((_req, res) => res.end('end')))
    ws.route(ws.get('/empty').to(() => {}))
    const container = new Container().add(ws)
    for (const each of middlewares) container.filter(middlewareFilter(each))
    const served = await Served.by(container)
    return served
  }

  test('goes on when it calls next, now or later', async () => {
    const server = await serveWith(
      (_req, res, next) => {
        res.setHeader('X-Now', '1')
        next()
      },
      (_req, res, next) => {
        res.setHeader('X-Later', '1')
        setImmediate(next)
      },
      helmet(),
    )
    const answer = await server.get('/')
    expect(answer.body).toBe('end')
    expect(answer.headers).toMatchObject({ 'x-now': '1', 'x-later': '1', 'x-frame-options': 'SAMEORIGIN' })
    expect(await server.get('/empty')).toMatchObject({ status: 200, body: '' })
  })

  test('ends the request when it answers itself', async () => {
    const server = await serveWith((_req, res) => void setImmediate(() => res.writeHead(401).end('no')))
    expect(await server.get('/')).toMatchObject({ status: 401, body: 'no' })
  })

  test('fails the request when it gives an error to next', async () => {
    const server = await serveWith((_req, _res, next) => next(new Error('broken')))
    expect((await server.get('/')).status).toBe(500)
  })

  test('hands on what is thrown behind it', async () => {
    const ws = new WebService()
    ws.route(
      ws.get('/').to(() => {
        throw new Error('behind')
      }),
    )
    const served = await Served.by(new Container().add(ws).filter(middlewareFilter((_req, _res, next) => next())))
    expect((await served.get('/')).status).toBe(500)
  })
})

test('no browser keeps what passes noBrowserCache', async () => {
  const ws = new WebService().filter(noBrowserCache)
  ws.route(ws.get('/').to((_req, res) => res.end()))
  const served = await Served.by(new Container().add(ws))
  const { headers } = await served.get('/')
  expect(headers).toMatchObject({
    'cache-control': 'no-cache, no-store, must-revalidate',
    pragma: 'no-cache',
    expires: '0',
  })
})
