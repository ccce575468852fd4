import { describe, expect, test } from 'vitest'
import { Container, CurlyRouter, RegistrationError, type RouteTable, WebService } from '../../lib/restful/index.js'
import { decision, message, table } from './routed.js'

const done = () => {}

function routes(root: string, ...paths: string[]): WebService {
  const ws = new WebService().path(root)
  for (const path of paths) ws.route(ws.get(path).to(done))
  return ws
}

const strict = (...services: WebService[]): RouteTable => table(new CurlyRouter({ strict: true }), services)

describe('the strict router', () => {
  test.each([
    ['/x/{id:[0-9]+}', '/x/a12', '404: Page Not Found'],
    ['/x/{id:[0-9]+}', '/x/12', '/x/{id:[0-9]+} {"id":"12"}'],
    ['/x/{id:a|b}', '/x/ab', '404: Page Not Found'],
    ['/x/{id:[0-9]{3}}.json', '/x/123.json', '/x/{id:[0-9]{3}}.json {"id":"123"}'],
    ['/x/{id:[a-z]*}', '/x/a/b', '404: Page Not Found'],
    ['/x/{name}.json', '/x/a.json', '/x/{name}.json {"name":"a"}'],
    ['/x/{name}.json', '/x/a.yaml', '404: Page Not Found'],
    ['/x/{name}.json', '/x/.json', '404: Page Not Found'],
    ['/x/{name}.json', '/x/a', '404: Page Not Found'],
    ['/v{major}/x', '/v2/x', '/v{major}/x {"major":"2"}'],
    ['/{from}-{to:(a|b)+}-{via}', '/x-y-ab-z', '/{from}-{to:(a|b)+}-{via} {"from":"x-y","to":"ab","via":"z"}'],
    ['/users/{id}/friends', '/users//friends', '404: Page Not Found'],
    ['/x/{id}:start', '/x/7:start', '/x/{id}:start {"id":"7"}'],
    ['/x/{ id }', '/x/7', '/x/{ id } {"id":"7"}'],
    ['/s/{p:*}', '/s/a/b', '/s/{p:*} {"p":"a/b"}'],
    ['/s/{p:*}', '/s', '404: Page Not Found'],
    ['/s/{p:*}', '/s/', '404: Page Not Found'],
    ['/admin', '//admin', '404: Page Not Found'],
    ['/admin', '/admin/', '/admin'],
    ['/admin', '/admin//', '404: Page Not Found'],
    ['/', '/', '/'],
  ])('with %s answers %s with %s', (template, path, answer) => {
    expect(decision(strict(routes('/', template)), path)).toBe(answer)
  })

  test('lets no service hide the routes of another', () => {
    const choice = strict(routes('/a', '/x', '/{z}/w'), routes('/a/{b}', '/y'))
    expect(decision(choice, '/a/x')).toBe('/a/x')
    expect(decision(choice, '/a/1/y')).toBe('/a/{b}/y {"b":"1"}')
    expect(decision(choice, '/a/1/w')).toBe('/a/{z}/w {"z":"1"}')
  })

  test.each([
    ['/a/b/c', '/a/b/c'],
    ['/a/b/d', '/a/{x:[b]}/d {"x":"b"}'],
    ['/a/c/d', '/a/{x}/d {"x":"c"}'],
    ['/a/c/e', '/a/{r:*} {"r":"c/e"}'],
  ])('prefers text to expression to parameter to wildcard, from the left: %s', (path, answer) => {
    expect(decision(strict(routes('/', '/a/{r:*}', '/a/{x}/d', '/a/{x:[b]}/d', '/a/b/c')), path)).toBe(answer)
  })

  test('keeps the order of registration between equally specific routes', () => {
    expect(decision(strict(routes('/', '/{a}/x', '/{b}/x')), '/1/x')).toBe('/{a}/x {"a":"1"}')
  })

  test('counts a slash at the end when it is not trimmed', () => {
    const choice = table(new CurlyRouter({ strict: true }), [routes('/users', '/{id}')], false)
    expect(decision(choice, '/users/1')).toBe('/users/{id} {"id":"1"}')
    expect(decision(choice, '/users/1/')).toBe('404: Page Not Found')
  })

  test('finds the service with the most specific root', () => {
    const choice = strict(...['/', '/a', '/a/{b}', '/a/b'].map((root) => routes(root)))
    expect(['/x', '/a', '/a/c/d', '/a/b/c'].map((path) => choice.selectService(path)?.rootPath())).toEqual([
      '/',
      '/a',
      '/a/{b}',
      '/a/b',
    ])
    expect(strict(routes('/a')).selectService('/b')).toBeUndefined()
  })

  test('reads parameters one by one as well as together', () => {
    const selected = strict(routes('/', '/{a}/v{b}')).selectRoute('/1/v2', message())
    if (!('route' in selected)) throw selected
    expect([selected.parameters.get('a'), selected.parameters.get('b'), selected.parameters.get('c')]).toEqual([
      '1',
      '2',
      undefined,
    ])
  })
})

describe('the strict router weighs media types', () => {
  const ws = new WebService().path('/')
  ws.route(ws.get('/x').operation('json').produces('application/json').to(done))
  ws.route(ws.get('/x').operation('xml').produces('application/xml', 'text/xml;charset=utf-8').to(done))
  ws.route(ws.post('/x').operation('read').consumes('application/json').to(done))
  ws.route(ws.put('/x').operation('any').consumes('text/*').to(done))

  test.each([
    ['', 'json'],
    ['*/*', 'json'],
    ['application/json;q=0.5, application/xml', 'xml'],
    ['application/*;q=0.2, application/xml;q=0.1', 'json'],
    ['APPLICATION/XML', 'xml'],
    ['text/*', 'xml'],
    ['text/xml; charset="utf-8"', 'xml'],
    ['application/json;q=0, */*', 'xml'],
    ['text/html, */*;q=0.1', 'json'],
    ['application/json;q=0', 406],
    ['text/xml;charset=latin1', 406],
    ['application/xml;q=2', 406],
    ['nonsense', 406],
  ])('Accept %j is answered by %s', (accept, expected) => {
    const selected = strict(ws).selectRoute('/x', message('GET', { accept }))
    expect('route' in selected ? selected.route.operation : selected.code).toBe(expected)
  })

  test.each([
    ['POST', 'Application/JSON; charset=utf-8', 'read'],
    ['POST', 'text/plain', 415],
    ['POST', 'nonsense', 415],
    ['POST', '', 415],
    ['PUT', 'text/plain', 'any'],
    ['DELETE', '', 405],
  ])('%s with Content-Type %j is read by %s', (method, contentType, expected) => {
    const selected = strict(ws).selectRoute('/x', message(method, { 'content-type': contentType }))
    expect('route' in selected ? selected.route.operation : selected.code).toBe(expected)
  })

  test('a condition that fails hides its route', () => {
    const hidden = new WebService().path('/')
    hidden.route(
      hidden
        .get('/x')
        .if(() => false)
        .to(done),
    )
    expect(decision(strict(hidden), '/x')).toBe('404: Not Found')
  })
})

describe('the strict router refuses at registration', () => {
  test.each(['/{x:*}/y', '/a{x:*}', '/{ }', '/{a}/{a}', '/{a}-{a}'])('the template %s', (template) => {
    const container = new Container({ router: new CurlyRouter({ strict: true }) })
    const ws = new WebService().path('/s')
    container.add(ws)
    expect(() => ws.route(ws.get(template).to(done))).toThrow(RegistrationError)
    expect(ws.routes()).toEqual([])
    const before = new WebService().path('/t')
    before.route(before.get(template).to(done))
    expect(() => container.add(before)).toThrow(RegistrationError)
    expect(container.registeredWebServices()).toEqual([ws])
    expect(() => new Container().add(before).router(new CurlyRouter({ strict: true }))).toThrow(RegistrationError)
  })
})

test('a template that only counts as malformed when final slashes do count is refused at registration', () => {
  const ws = new WebService().path('/')
  ws.route(ws.get('/{a}').to(() => {}))
  const container = new Container({ router: new CurlyRouter({ strict: true }), trimRightSlash: false }).add(ws)
  expect(() => ws.route(ws.get('/{rest:*}/../{rest:*}/x').to(() => {}))).toThrow(RegistrationError)
  expect(container.allowedMethods('/a', { headers: {} } as never)).toEqual(['GET'])
})
