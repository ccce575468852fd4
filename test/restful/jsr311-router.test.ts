import { describe, expect, test } from 'vitest'
import { RouterJSR311, WebService } from '../../lib/restful/index.js'
import { Jsr311Expression } from '../../lib/restful/jsr311-expression.js'
import { decision, message, table } from './routed.js'

const done = () => {}

function service(root: string, ...paths: string[]): WebService {
  const ws = new WebService().path(root)
  for (const path of paths) ws.route(ws.get(path).to(done))
  return ws
}

const jsr = (...services: WebService[]) => table(new RouterJSR311(), services)

describe('the service with the most groups takes the path', () => {
  const roots = ['/', '/p', '/q', '/p/q', '/p/{q}', '/p/{q}/', '/{p}/q'].map((root) => service(root, ''))
  test.each([
    ['/', '/', []],
    ['/p', '/p', []],
    ['/p/x', '/p/{q}', [['q', 'x']]],
    ['/p/q', '/p/{q}', [['q', 'q']]],
    ['/p/x/', '/p/{q}', [['q', 'x']]],
    ['/z/q', '/{p}/q', [['p', 'z']]],
  ])('%s goes to %s', (path, root, parameters) => {
    const selected = jsr(...roots).selectRoute(path, message())
    if (!('route' in selected)) throw selected
    expect(selected.service.rootPath()).toBe(root)
    expect([...selected.parameters.all()]).toEqual(parameters)
  })

  test.each([
    ['/q/x', '/q'],
    ['/p/x/y', '/p/{q}'],
    ['/q/x/y', '/q'],
    ['/a/b/c/q', '/'],
  ])('%s goes to %s, which has no route for it', (path, root) => {
    expect(
      jsr(...roots)
        .selectService(path)
        ?.rootPath(),
    ).toBe(root)
    expect(decision(jsr(...roots), path)).toBe('404: Page Not Found')
  })

  test('no service at all is a 404 without a text', () => {
    const refused = jsr(service('/p', '')).selectRoute('/x', message())
    expect(refused).toMatchObject({ code: 404, message: '' })
  })
})

describe.each([['/'], ['/{wsParam}']])('below the root %s', (root) => {
  test.each([
    ['/fixed/{var:*}', '/fixed/remainder', { var: 'remainder' }],
    ['/fixed/{var:*}', '/fixed/remain/der', { var: 'remain/der' }],
    ['/fixed/{var:*}', '/fixed/test/sub/hi.html', { var: 'test/sub/hi.html' }],
    ['/fixed/{var:*}/morefixed', '/fixed/middle/stuff/morefixed', { var: 'middle/stuff' }],
    [
      '/fixed/{var:*}/morefixed/{otherVar}',
      '/fixed/middle/stuff/morefixed/end',
      { var: 'middle/stuff', otherVar: 'end' },
    ],
    ['/fixed/{var}', '/fixed/remainder', { var: 'remainder' }],
    ['/', '/', {}],
    ['/fixed', '/fixed', {}],
    ['/from/{source}/to/{destination}', '/from/LHR/to/AMS', { source: 'LHR', destination: 'AMS' }],
    ['/{what}/from/{source}', '/who/from/SOS', { what: 'who', source: 'SOS' }],
  ])('%s takes its parameters from %s', (template, path, parameters) => {
    const prefix = root === '/' ? '' : '/wsValue'
    const selected = jsr(service(root, template)).selectRoute(prefix + path, message())
    if (!('route' in selected)) throw selected
    expect(Object.fromEntries(selected.parameters.all())).toEqual(
      root === '/' ? parameters : { wsParam: 'wsValue', ...parameters },
    )
  })
})

describe('of several routes the one with the longest texts comes first', () => {
  test.each([
    [['/{type}/{id}', '/network/{id}'], '/network/12', '/network/{id} {"id":"12"}'],
    [['/network/{id}', '/{type}/{id}'], '/network/12', '/network/{id} {"id":"12"}'],
    [['/{id}', '/login'], '/login', '/login'],
    [['/hello'], '/', '404: Page Not Found'],
    [['/v1/category/{param:*}'], '/v1/category/sub/sub', '/v1/category/{param:*} {"param":"sub/sub"}'],
    [['/static/{v:*}'], '/static/', '/static/{v:*} {"v":""}'],
    [['/static/{v:*}'], '/static', '404: Page Not Found'],
    [['/a/{x:[0-9]+}'], '/a/b12', '404: Page Not Found'],
    [['/a/{x:[0-9]+}'], '/a/12/', '/a/{x:[0-9]+} {"x":"12"}'],
    [['/x/{id:(a|b)c}/{z}'], '/x/ac/9', '/x/{id:(a|b)c}/{z} {"id":"ac","z":"a"}'],
    [['/x/{id}.json'], '/x/1', '/x/{id}.json {"id}.jso":"1"}'],
  ])('%j asked for %s answers %s', (paths, path, answer) => {
    expect(decision(jsr(service('/', ...paths)), path)).toBe(answer)
  })

  test('a method nobody has is a 405', () => {
    const refused = jsr(service('/', '/simple')).selectRoute('/simple', message('POST'))
    expect(refused).toMatchObject({ code: 405, headers: { Allow: 'GET' } })
  })
})

test.each([
  ['', [], 0, 1],
  ['/a/{b}/c/', ['b'], 2, 2],
  ['/{a}/{b}/{c-d-e}/', ['a', 'b', 'c-d-e'], 0, 4],
  ['/{p}/abcde', ['p'], 5, 2],
  ['/a/{b:*}', ['b'], 1, 2],
  ['/a/{b:[a-z]+}', ['b'], 1, 2],
  ['/a/{b:([a-z]+)-(x|y)}', ['b'], 1, 4],
])('the template %s has the names %j, %i bytes of text and %i groups', (template, names, literals, groups) => {
  const expression = new Jsr311Expression(template, true)
  expect(expression.names).toEqual(names)
  expect(expression.literalCount).toBe(literals)
  expect(expression.groups).toBe(groups)
})
