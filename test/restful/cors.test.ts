import { describe, expect, test } from 'vitest'
import {
  Container,
  type CorsOptions,
  cors,
  optionsFilter,
  RegistrationError,
  WebService,
} from '../../lib/restful/index.js'
import { type Answer, Served } from './served.js'

const APP = 'https://app.example.com'

async function serve(options: CorsOptions, ...more: ((container: Container) => void)[]): Promise<Served> {
  const ws = new WebService().path('/users')
  ws.route(ws.get('/{id}').to((_req, res) => res.end('user')))
  ws.route(ws.put('/{id}').to((_req, res) => res.end('put')))
  const container = new Container().add(ws)
  container.filter(cors({ container, ...options }))
  for (const each of more) each(container)
  return Served.by(container)
}

const preflight = (server: Served, headers: Record<string, string> = {}): Promise<Answer> =>
  server.call('OPTIONS', '/users/1', { Origin: APP, 'Access-Control-Request-Method': 'PUT', ...headers })

const allowsOrigin = async (options: CorsOptions, origin: string): Promise<boolean> => {
  const { headers, body } = await (await serve(options)).get('/users/1', { Origin: origin })
  expect(body).toBe('user')
  expect(headers.vary).toBe('Origin')
  return headers['access-control-allow-origin'] === origin
}

describe('an origin', () => {
  test.each([
    [APP, true],
    ['HTTPS://APP.example.com', true],
    ['http://app.example.com', false],
    ['https://app.example.com:8443', false],
    ['https://app.example.com.evil.org', false],
    ['https://evil.org/https://app.example.com', false],
    ['null', false],
    [`https://${'a'.repeat(600)}.example.com`, false],
  ])('%s of an exact list is allowed: %s', async (origin, allowed) => {
    expect(await allowsOrigin({ allowedOrigins: [APP] }, origin)).toBe(allowed)
  })

  // CVE-2022-1996: an allowed domain was searched for in the origin.
  test.each([
    ['https://a.example.com', true],
    ['https://example.com', false],
    ['https://a.example.com.evil.org', false],
    ['https://evil.org?https://a.example.com', false],
    ['xhttps://a.example.com', false],
    ['https://aXexample.com', false],
  ])('%s of a pattern is allowed: %s', async (origin, allowed) => {
    const options = { allowedOriginPatterns: ['https://[a-z]+\\.example\\.com'] }
    expect(await allowsOrigin(options, origin)).toBe(allowed)
  })

  test('of a pattern with alternatives must match one of them as a whole', async () => {
    const options = { allowedOriginPatterns: ['https://a\\.com|https://b\\.com'] }
    expect(await allowsOrigin(options, 'https://b.com')).toBe(true)
    expect(await allowsOrigin(options, 'https://a.com.evil.org')).toBe(false)
    expect(await allowsOrigin(options, 'xhttps://b.com')).toBe(false)
  })

  test('that would make a backtracking expression hang is refused at once', async () => {
    const options = { allowedOriginPatterns: ['https://(a+)+\\.com'] }
    expect(await allowsOrigin(options, `https://${'a'.repeat(400)}!`)).toBe(false)
  })

  test('may be decided on by a function, with the request at hand', async () => {
    const options: CorsOptions = { allowOrigin: (origin, req) => origin === APP && req.url === '/users/1' }
    expect(await allowsOrigin(options, APP)).toBe(true)
    expect(await allowsOrigin(options, 'https://other.com')).toBe(false)
  })

  test('null is allowed by its name alone', async () => {
    expect(await allowsOrigin({ allowedOriginPatterns: ['.*'] }, 'null')).toBe(false)
    expect(await allowsOrigin({ allowedOrigins: ['null'] }, 'null')).toBe(true)
  })

  test('of anybody is answered with *, which depends on nothing', async () => {
    const { headers } = await (await serve({ allowedOrigins: 'any' })).get('/users/1', { Origin: 'https://any.org' })
    expect(headers['access-control-allow-origin']).toBe('*')
    expect(headers).not.toHaveProperty('vary')
  })
})

describe('is refused at construction:', () => {
  test.each<[string, CorsOptions]>([
    ['nobody', {}],
    ['an empty list', { allowedOrigins: [] }],
    ['a star among origins', { allowedOrigins: ['*'] }],
    ['an origin with a path', { allowedOrigins: ['https://a.com/'] }],
    ['a malformed pattern', { allowedOriginPatterns: ['('] }],
    ['everybody with credentials', { allowedOrigins: 'any', credentials: true }],
    ['a pattern of everybody with credentials', { allowedOriginPatterns: ['.*'], credentials: true }],
    [
      'two patterns of everybody with credentials',
      { allowedOriginPatterns: ['https://.+', 'http:.*'], credentials: true },
    ],
    ['a max-age that is no number of seconds', { allowedOrigins: [APP], maxAge: 0.5 }],
  ])('%s', (_name, options) => {
    expect(() => cors(options)).toThrow(RegistrationError)
  })
})

describe('a request of an allowed origin', () => {
  test('is told what a page may read, and with credentials if they are allowed', async () => {
    const server = await serve({ allowedOrigins: [APP], exposedHeaders: ['X-A', 'X-B'], credentials: true })
    const { headers } = await server.get('/users/1', { Origin: APP })
    expect(headers).toMatchObject({
      'access-control-allow-origin': APP,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'X-A, X-B',
      vary: 'Origin',
    })
  })

  test('is told so once, also when the filter is there twice, and on errors', async () => {
    const server = await serve({ allowedOrigins: [APP] }, (c) => c.filter(cors({ allowedOrigins: [APP] })))
    const answer = await server.get('/nothing', { Origin: APP })
    expect(answer.status).toBe(404)
    expect(answer.headers).toMatchObject({ 'access-control-allow-origin': APP, vary: 'Origin' })
  })

  test('without an Origin is no such request, but its answer varies', async () => {
    const { headers } = await (await serve({ allowedOrigins: [APP] })).get('/users/1')
    expect(headers).not.toHaveProperty('access-control-allow-origin')
    expect(headers.vary).toBe('Origin')
  })
})

describe('a preflight', () => {
  test('is answered with the methods of the path, and does not reach the routes', async () => {
    const server = await serve({ allowedOrigins: [APP], allowedHeaders: ['X-Token'], maxAge: 600, credentials: true })
    const answer = await preflight(server, { 'Access-Control-Request-Headers': 'x-token' })
    expect(answer).toMatchObject({ status: 200, body: '' })
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': APP,
      'access-control-allow-methods': 'GET, PUT',
      'access-control-allow-headers': 'x-token',
      'access-control-allow-credentials': 'true',
      'access-control-max-age': '600',
      vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
    })
  })

  test.each<[string, CorsOptions, Record<string, string>]>([
    ['a method the path has not', {}, { 'Access-Control-Request-Method': 'DELETE' }],
    ['a method in another case', {}, { 'Access-Control-Request-Method': 'put' }],
    ['a method that is not listed', { allowedMethods: ['GET'] }, {}],
    ['a header field nobody named', {}, { 'Access-Control-Request-Headers': 'X-Other' }],
    ['a text that is no header field', { allowedHeaders: 'any' }, { 'Access-Control-Request-Headers': 'a b' }],
  ])('for %s is a 403 without a word of allowance', async (_name, options, headers) => {
    const answer = await preflight(await serve({ allowedOrigins: [APP], ...options }), headers)
    expect(answer.status).toBe(403)
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  })

  test('for any header field is allowed where any may be sent', async () => {
    const server = await serve({ allowedOrigins: 'any', allowedHeaders: 'any' })
    const answer = await preflight(server, { 'Access-Control-Request-Headers': 'X-A, ,X-B' })
    expect(answer.headers['access-control-allow-headers']).toBe('X-A, X-B')
  })

  test('of an origin that is not allowed is an OPTIONS request like any other', async () => {
    const answer = await preflight(await serve({ allowedOrigins: [APP] }), { Origin: 'https://evil.org' })
    expect(answer.status).toBe(405)
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
  })

  test('and why it is refused is told to a logger, on one line', async () => {
    const lines: string[] = []
    const traceLogger = { debug: (line: string) => void lines.push(line) }
    const server = await serve({ allowedOrigins: [APP], traceLogger })
    await preflight(server, { 'Access-Control-Request-Method': 'DELETE' })
    await preflight(server, { Origin: 'https://evil.org' })
    expect(lines).toEqual([
      'CORS: the method "DELETE" is not allowed',
      'CORS: the origin "https://evil.org" is not allowed',
    ])
  })
})

describe('OPTIONS', () => {
  test('is answered with the methods of the path, and tells other origins nothing', async () => {
    const server = await serve({ allowedOrigins: [APP] }, (container) => container.filter(optionsFilter(container)))
    const answer = await server.call('OPTIONS', '/users/1', { Origin: 'https://evil.org' })
    expect(answer).toMatchObject({ status: 200, body: '' })
    expect(answer.headers.allow).toBe('GET, PUT, OPTIONS')
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
    expect((await server.call('OPTIONS', '/nothing')).status).toBe(404)
    expect((await server.get('/users/1')).body).toBe('user')
  })

  test('goes to its route where there is one', async () => {
    const ws = new WebService().path('/a')
    ws.route(ws.options('/').to((_req, res) => res.end('mine')))
    const container = new Container().add(ws)
    const served = await Served.by(container.filter(optionsFilter(container)))
    expect((await served.call('OPTIONS', '/a')).body).toBe('mine')
  })
})
