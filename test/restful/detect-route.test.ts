import { describe, expect, test } from 'vitest'
import { detectRoute, type Route, RouteBuilder, ServiceError } from '../../lib/restful/index.js'
import { message } from './routed.js'

const JSON_TYPE = 'application/json'
const done = () => {}

function route(method: string, change: (builder: RouteBuilder) => RouteBuilder = (builder) => builder): Route {
  return change(new RouteBuilder('/').method(method).path('/x').to(done)).build()
}

function detect(routes: readonly Route[], method: string, headers: Record<string, string> = {}): Route | ServiceError {
  const found = detectRoute(
    routes.map((each) => ({ route: each })),
    message(method, headers),
  )
  return found instanceof ServiceError ? found : found.route
}

const json = (builder: RouteBuilder) => builder.consumes(JSON_TYPE).produces(JSON_TYPE)
const both = [route('GET', json), route('POST', json)]

test.each([
  ['GET', { 'content-type': 'text/plain' }, 415],
  ['POST', {}, 415],
  ['POST', { 'content-length': '0' }, 415],
  ['POST', { 'content-type': 'text/plain', 'transfer-encoding': 'chunked' }, 415],
  ['POST', { 'content-type': JSON_TYPE, accept: 'application/xml' }, 406],
  ['POST', { 'content-type': JSON_TYPE, 'transfer-encoding': 'chunked', accept: 'application/xml' }, 406],
  ['GET', { accept: 'application/*' }, 406],
  ['GET', { accept: 'APPLICATION/JSON' }, 406],
  ['GET', { accept: `${JSON_TYPE}\t` }, 406],
  ['DELETE', {}, 405],
])('%s with %j is refused with %i', (method, headers, code) => {
  expect(detect(both, method, headers)).toMatchObject({ code })
})

test.each([
  ['GET', {}],
  ['GET', { accept: 'application/json;q=0' }],
  ['GET', { accept: 'text/html, */*;q=0.1' }],
  ['GET', { accept: ' application/json ,x/y' }],
  ['POST', { 'content-type': 'application/json; charset=UTF-8' }],
  ['POST', { 'content-type': 'text/plain, application/json' }],
])('%s with %j is served', (method, headers) => {
  expect(detect(both, method, headers)).toMatchObject({ method })
})

describe('what an Accept asks for', () => {
  test.each([
    [[JSON_TYPE, 'text/plain'], 'text/plain', true],
    [['application/xml'], '*/*', true],
    [['application/xml'], 'text/html, application/xhtml+xml, */*', true],
    [['application/xml'], JSON_TYPE, false],
    [['*/*'], JSON_TYPE, true],
    [[], '*/*', true],
    [[], '', true],
    [[], JSON_TYPE, false],
  ])('routes that produce %j answer %j: %s', (produces, accept, expected) => {
    expect(route('GET', (builder) => builder.produces(...produces)).matchesAccept(accept)).toBe(expected)
  })

  test('only the first field counts, though Node joins them all', () => {
    const request = message('GET', { accept: 'text/html, application/json' })
    request.rawHeaders = ['Accept', 'text/html', 'Accept', JSON_TYPE]
    expect(detectRoute([{ route: both[0]! }], request)).toMatchObject({ code: 406 })
  })
})

describe('what a Content-Type is', () => {
  test.each([
    [['application/xml'], JSON_TYPE, false],
    [['application/xml'], 'application/xml', true],
    [[JSON_TYPE], 'application/json; charset=UTF-8', true],
    [[JSON_TYPE], '*/*', false],
    [['*/*'], 'anything', true],
    [['application/octet-stream'], '', true],
    [[], 'anything', true],
  ])('routes that consume %j read %j: %s', (consumes, contentType, expected) => {
    expect(route('POST', (builder) => builder.consumes(...consumes)).matchesContentType(contentType)).toBe(expected)
  })

  test('a list of methods that may come without one replaces the default', () => {
    const post = route('POST', (builder) => json(builder).allowedMethodsWithoutContentType('POST'))
    const get = route('GET', (builder) => json(builder).allowedMethodsWithoutContentType('POST'))
    expect(post.matchesContentType('')).toBe(true)
    expect(get.matchesContentType('')).toBe(false)
  })
})

describe('what a refusal says', () => {
  test('405 lists the methods once each, in the order of the candidates', () => {
    const routes = ['PUT', 'GET', 'DELETE', 'GET'].map((method) => route(method))
    const refused = detect(routes, 'POST')
    expect(refused).toMatchObject({ message: '405: Method Not Allowed', headers: { Allow: 'PUT, GET, DELETE' } })
  })

  test('406 lists what there is, 415 does not', () => {
    const text = route('GET', (builder) => builder.produces('text/plain', JSON_TYPE))
    expect(detect([text], 'GET', { accept: 'application/toml' })).toMatchObject({
      message: '406: Not Acceptable\n\nAvailable representations: text/plain, application/json',
    })
    expect(detect([both[1]!], 'POST')).toMatchObject({ message: '415: Unsupported Media Type' })
  })

  test('a HEAD is not served by a GET route', () => {
    expect(detect(both, 'HEAD')).toMatchObject({ code: 405, headers: { Allow: 'GET, POST' } })
  })
})

describe('conditions', () => {
  test('come before the method, and the first that fails ends the question', () => {
    const asked: string[] = []
    const condition = (name: string, holds: boolean) => () => {
      asked.push(name)
      return holds
    }
    const routes = [
      route('GET', (builder) => builder.if(condition('a', false))),
      route('GET', (builder) => builder.if(condition('b', true)).if(condition('c', false))),
      route('GET', (builder) => builder.if(condition('d', false)).if(condition('e', true))),
    ]
    expect(detect(routes, 'POST')).toMatchObject({ code: 404, message: '404: Not Found' })
    expect(asked).toEqual(['a', 'b', 'c', 'd'])
  })

  test('that fail hide a route from Allow too', () => {
    const routes = [route('PUT', (builder) => builder.if(() => false)), route('GET')]
    expect(detect(routes, 'POST')).toMatchObject({ headers: { Allow: 'GET' } })
  })
})
