import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { describe, expect, test } from 'vitest'
import {
  Container,
  RegistrationError,
  type Request,
  RouterJSR311,
  ServiceError,
  WebService,
} from '../../lib/restful/index.js'
import { type Answer, Served } from './served.js'

const JSON_TYPE = 'application/json'
async function serve(container: Container): Promise<Served> {
  const served = await Served.by(container)
  return served
}

function serviceWith(root: string, ...routes: readonly [method: string, path: string][]): WebService {
  const ws = new WebService().path(root)
  for (const [method, path] of routes)
    ws.route(
      ws
        .method(method)
        .path(path)
        .to((_req, res) => res.end('dummy')),
    )
  return ws
}

describe('registering', () => {
  test('a second service with the same root is refused by an error', () => {
    const container = new Container().add(new WebService().path('/p'))
    expect(() => container.add(new WebService().path('/p'))).toThrow(
      new RegistrationError("WebService with duplicate root path detected:['/p']"),
    )
    expect(container.registeredWebServices()).toHaveLength(1)
  })

  test('roots that differ in their text alone are two services', () => {
    const container = new Container().add(new WebService().path('/p/{a}')).add(new WebService().path('/p/{b}'))
    expect(container.registeredWebServices().map((each) => each.rootPath())).toEqual(['/p/{a}', '/p/{b}'])
  })

  test('a service without a root serves /', () => {
    const ws = new WebService()
    new Container().add(ws)
    expect(ws.rootPath()).toBe('/')
  })

  test('the root of a registered service cannot change', () => {
    const ws = new WebService().path('/p')
    new Container().add(ws)
    expect(() => ws.path('/q')).toThrow(RegistrationError)
  })

  test('a service added while requests are served is served from then on, and its siblings stay when one is removed', async () => {
    const container = new Container().add(serviceWith('/users', ['GET', '/']))
    const { get } = bound(await serve(container))
    expect((await get('/fishers')).status).toBe(404)
    const fishers = serviceWith('/fishers', ['GET', '/'])
    container.add(fishers)
    expect((await get('/fishers')).body).toBe('dummy')
    expect(container.remove(fishers)).toBe(true)
    expect(container.remove(fishers)).toBe(false)
    expect((await get('/fishers')).status).toBe(404)
    expect((await get('/users')).body).toBe('dummy')
  })

  test('routes added and removed while requests are served are seen at once', async () => {
    const ws = serviceWith('/s', ['GET', '/get'], ['GET', '/status'])
    const { get } = bound(await serve(new Container().add(ws)))
    expect((await get('/s/get')).status).toBe(200)
    expect(ws.removeRoute('/s/get', 'GET')).toBe(true)
    expect(ws.removeRoute('/s/get', 'GET')).toBe(false)
    expect((await get('/s/get')).status).toBe(404)
    expect((await get('/s/status')).status).toBe(200)
    ws.route(ws.get('/get').to((_req, res) => res.end('again')))
    expect((await get('/s/get')).body).toBe('again')
  })

  test('a removed service tells its container nothing any more', async () => {
    const ws = serviceWith('/s', ['GET', '/'])
    const container = new Container().add(ws)
    container.remove(ws)
    ws.path('/elsewhere')
    expect(container.registeredWebServices()).toEqual([])
  })
})

function bound(server: Served) {
  return { get: (path: string, headers?: Record<string, string>) => server.get(path, headers) }
}

describe('a request', () => {
  test.each<[string, WebService, string, string, Record<string, string>, Partial<Answer>]>([
    ['no route', new WebService(), 'GET', '/missing', {}, { status: 404, body: '404: Page Not Found' }],
    ['another method', serviceWith('/', ['GET', '/get']), 'POST', '/get', {}, { status: 405 }],
    ['OPTIONS with a route', serviceWith('/', ['OPTIONS', '/options']), 'OPTIONS', '/options', {}, { status: 200 }],
    ['no Content-Type', serviceWith('/', ['POST', '/post']), 'POST', '/post', {}, { status: 200 }],
    ['an escaped slash', serviceWith('/', ['GET', '/a/{b}/c']), 'GET', '/a%2Fb%2Fc', {}, { status: 200 }],
    [
      'a malformed escape',
      serviceWith('/', ['GET', '/{a:*}']),
      'GET',
      '/a%zz',
      {},
      { status: 400, body: '400: Bad Request' },
    ],
    ['escapes that are no UTF-8', serviceWith('/', ['GET', '/{a}']), 'GET', '/%ff', {}, { status: 200 }],
    [
      'a whole URL as its target',
      serviceWith('/', ['GET', '/a']),
      'GET',
      'http://example.com/a?b',
      {},
      { status: 200 },
    ],
  ])('with %s', async (_name, ws, method, path, headers, expected) => {
    const server = await serve(new Container().add(ws))
    expect(await server.call(method, path, headers)).toMatchObject(expected)
  })

  test.each(['POST', 'PUT', 'PATCH'])(
    '%s without body and Content-Type to a route that reads JSON is a 415',
    async (method) => {
      const ws = new WebService().consumes(JSON_TYPE).produces(JSON_TYPE)
      ws.route(
        ws
          .method(method)
          .path('/test')
          .to((_req, res) => res.end()),
      )
      const server = await serve(new Container().add(ws))
      expect((await server.call(method, '/test', { accept: JSON_TYPE })).status).toBe(415)
    },
  )

  test('sees the route that serves it, and none when there is none', async () => {
    const seen: string[] = []
    const ws = new WebService()
    ws.route(
      ws
        .get('/get/{userId}/friends')
        .operation('friends')
        .to(() => {}),
    )
    const container = new Container().add(ws).filter((req, res, chain) => {
      seen.push(`${req.selectedRoute()?.operation}:${req.selectedRoutePath()}`)
      return chain.processFilter(req, res)
    })
    const server = await serve(container)
    expect((await server.get('/get/232452/friends')).status).toBe(200)
    expect((await server.get('/nothing')).status).toBe(404)
    expect(seen).toEqual(['friends:/get/{userId}/friends', 'undefined:'])
  })

  test('is routed on the path its dispatcher gives, with the context it gives', async () => {
    interface Caller {
      readonly user: string
    }
    const ws = new WebService<Caller>().path('/inner')
    ws.route(ws.get('/{name}').to((req, res) => res.writeAsJson([req.context.user, req.pathParameter('name')])))
    const container = new Container<Caller>().add(ws)
    const served = await Served.by(
      (req, res) => void container.dispatch(req, res, { path: '/inner/a%2Fb', context: { user: 'ada' } }),
    )
    expect(JSON.parse((await served.get('/outer')).body)).toEqual(['ada', 'a%2Fb'])
  })

  test('without trimming, the template shown is the joined one', async () => {
    const ws = new WebService().path('/users')
    ws.route(ws.get('/').to((req, res) => res.end(req.selectedRoutePath())))
    const server = await serve(new Container({ trimRightSlash: false }).add(ws))
    expect((await server.get('/users')).body).toBe('/users')
    expect((await server.get('/users/')).status).toBe(404)
  })

  test('over HTTP/2 is served alike', async () => {
    const container = new Container().add(serviceWith('/users', ['GET', '/{id}']))
    const server = http2.createServer((req, res) => void container.dispatch(req, res))
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
    const session = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const statuses = await Promise.all(['/users/1', '/nobody'].map((path) => statusOf(session, path)))
    expect(statuses).toEqual([200, 404])
    session.close()
    await new Promise((closed) => server.close(closed))
  })
})

function statusOf(session: http2.ClientHttp2Session, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':path': path })
    stream.on('response', (headers) => resolve(headers[':status']))
    stream.on('error', reject)
    stream.resume()
  })
}

describe('what a function throws', () => {
  const failing = (fail: (req: Request) => void | Promise<void>): WebService => {
    const ws = new WebService()
    return ws.route(ws.get('/fire').to(fail))
  }
  const thrown = () => {
    throw new Error('fire in the engine room')
  }
  const conflict = () => {
    throw new ServiceError(409, 'frozen', { 'Retry-After': '5' })
  }

  test.each<[string, () => void | Promise<void>]>([
    ['at once', thrown],
    ['later', async () => thrown()],
  ])('%s becomes a 500 that tells the client nothing', async (_when, fail) => {
    const server = await serve(new Container().add(failing(fail)))
    expect(await server.get('/fire')).toMatchObject({ status: 500, body: '500: Internal Server Error' })
  })

  test.each<[string, () => void | Promise<void>]>([
    ['at once', conflict],
    ['later', async () => conflict()],
  ])('%s as a service error is answered as that', async (_when, fail) => {
    const answer = await (await serve(new Container().add(failing(fail)))).get('/fire')
    expect(answer).toMatchObject({ status: 409, body: 'frozen' })
    expect(answer.headers['retry-after']).toBe('5')
  })

  test('goes to the recover handler with the request', async () => {
    const container = new Container().add(failing(thrown)).recoverHandler((error, req, res) => {
      res.writeHeaderAndJson(503, { path: req.selectedRoutePath(), message: (error as Error).message })
    })
    const answer = await (await serve(container)).get('/fire')
    expect(answer.status).toBe(503)
    expect(JSON.parse(answer.body)).toEqual({ path: '/fire', message: 'fire in the engine room' })
  })

  test('replaces a status and body fields that were set but not sent', async () => {
    const container = new Container().add(
      failing((_req) => {
        throw new Error('late')
      }).filter((req, res, chain) => {
        res.writeHeader(201)
        res.setHeader('Content-Length', '3').setHeader('ETag', '"a"').setHeader('X-Kept', '1')
        return chain.processFilter(req, res)
      }),
    )
    const answer = await (await serve(container)).get('/fire')
    expect(answer).toMatchObject({ status: 500, body: '500: Internal Server Error' })
    expect(answer.headers).toMatchObject({ 'x-kept': '1' })
    expect(answer.headers).not.toHaveProperty('etag')
  })

  test('after the answer has begun breaks the connection off', async () => {
    const ws = new WebService()
    ws.route(
      ws.get('/half').to(async (_req, res) => {
        res.write('half')
        await new Promise((later) => setImmediate(later))
        thrown()
      }),
    )
    const server = await serve(new Container().add(ws))
    await expect(server.get('/half')).rejects.toThrow()
  })

  test('is left to the caller by a container that does not recover', async () => {
    const container = new Container({ doNotRecover: true }).add(failing(thrown))
    const later = new Container({ doNotRecover: true }).add(failing(async () => thrown()))
    const caught: unknown[] = []
    const served = await Served.by(async (req, res) => {
      try {
        await (req.url === '/fire' ? container : later).dispatch(req, res, { path: '/fire' })
      } catch (error) {
        caught.push((error as Error).message)
        res.end()
      }
    })
    await served.get('/fire')
    await served.get('/later')
    expect(caught).toEqual(['fire in the engine room', 'fire in the engine room'])
  })

  test.each<[string, () => void | Promise<void>]>([
    ['at once', thrown],
    ['later', async () => thrown()],
  ])('%s by the recover handler itself is a 500', async (_when, fail) => {
    const server = await serve(new Container().add(failing(thrown)).recoverHandler(fail))
    expect((await server.get('/fire')).status).toBe(500)
  })

  test('behind an answer that is complete does not break it off', async () => {
    const ws = new WebService().filter(async (req, res, chain) => {
      await chain.processFilter(req, res)
      expect(res.write('more')).toBe(false)
      thrown()
    })
    ws.route(ws.get('/').to((_req, res) => res.end('x'.repeat(1_000_000))))
    const server = await serve(new Container().add(ws))
    expect((await server.get('/')).body).toHaveLength(1_000_000)
  })

  test('by the service error handler is a 500 too', async () => {
    const container = new Container().serviceErrorHandler((error, _req, res) => {
      res.writeHeader(error.code)
      thrown()
    })
    expect((await (await serve(container)).get('/')).status).toBe(500)
    const refused = new Container()
      .add(failing(() => Promise.reject(new ServiceError(409, ''))))
      .serviceErrorHandler(thrown)
    const second = await Served.by(refused)
    expect((await second.get('/fire')).status).toBe(500)
    await second.close()
  })
})

test('the service error handler writes the refusals, with their header fields at hand', async () => {
  const container = new Container().add(serviceWith('/', ['GET', '/a'])).serviceErrorHandler((error, _req, res) => {
    res.setHeader('Allow', error.headers.Allow ?? '')
    res.writeHeaderAndJson(error.code, { message: error.message })
  })
  const answer = await (await serve(container)).call('PUT', '/a')
  expect(answer).toMatchObject({ status: 405, body: '{"message":"405: Method Not Allowed"}\n' })
  expect(answer.headers.allow).toBe('GET')
})

test('dispatch makes no promise when everything on the way is done at once', async () => {
  const ws = new WebService()
  ws.route(ws.get('/now').to((_req, res) => res.end())).route(ws.get('/later').to(async (_req, res) => res.end()))
  const container = new Container().add(ws)
  const results: unknown[] = []
  const served = await Served.by((req, res) => void results.push(container.dispatch(req, res)))
  await served.get('/now')
  await served.get('/later')
  expect(results[0]).toBeUndefined()
  expect(results[1]).toBeInstanceOf(Promise)
})

test('the router can be changed', async () => {
  const container = new Container().add(serviceWith('/', ['GET', '/{id:[0-9]+}']))
  const server = await serve(container)
  expect((await server.get('/a1')).status).toBe(200)
  container.router(new RouterJSR311())
  expect((await server.get('/a1')).status).toBe(404)
})

describe('as a middleware of an Express app', () => {
  test('it serves the paths of its services and leaves all others', async () => {
    const container = new Container().add(serviceWith('/api', ['GET', '/{id}']))
    const app = express()
    app.use(container.middleware())
    app.use('/mounted', container.middleware())
    app.use((_req, res) => void res.send('the app'))
    const served = await Served.by(app)
    expect((await served.get('/api/1')).body).toBe('dummy')
    expect((await served.get('/mounted/api/1')).body).toBe('dummy')
    expect((await served.get('/api/1/2')).status).toBe(404)
    expect((await served.get('/other')).body).toBe('the app')
  })

  test('it takes the context from the message', async () => {
    const ws = new WebService<string>().path('/api')
    ws.route(ws.get('/').to((req, res) => res.end(req.context)))
    const app = express()
    app.use(new Container<string>().add(ws).middleware((req) => `for ${req.headers['x-user']}`))
    const served = await Served.by(app)
    expect((await served.get('/api', { 'X-User': 'ada' })).body).toBe('for ada')
  })

  test('what a container does not recover goes to the error handlers of the app', async () => {
    const ws = new WebService().path('/api')
    ws.route(
      ws.get('/now').to(() => {
        throw new Error('now')
      }),
    )
    ws.route(
      ws.get('/later').to(async () => {
        throw new Error('later')
      }),
    )
    const app = express()
    app.use(new Container({ doNotRecover: true }).add(ws).middleware())
    app.use(((error, _req, res, _next) => void res.status(500).send(error.message)) as express.ErrorRequestHandler)
    const served = await Served.by(app)
    expect((await served.get('/api/now')).body).toBe('now')
    expect((await served.get('/api/later')).body).toBe('later')
  })
})
