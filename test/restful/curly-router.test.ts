import { describe, expect, test } from 'vitest'
import { CurlyRouter, WebService } from '../../lib/restful/index.js'
import { decision, message, table } from './routed.js'

const done = () => {}

function services(...roots: string[]): WebService[] {
  return roots.map((root) => new WebService().path(root))
}

function routes(root: string, ...paths: string[]): WebService {
  const ws = new WebService().path(root)
  for (const path of paths) ws.route(ws.get(path).to(done))
  return ws
}

const curly = (root: string, ...paths: string[]) => table(new CurlyRouter(), [routes(root, ...paths)])

describe('the service with the highest score takes the path', () => {
  const roots = services('/', '/p', '/q', '/p/q', '/p/{q}', '/{p}/q')
  test.each([
    ['/', '/'],
    ['/p', '/p'],
    ['/p/x', '/p/{q}'],
    ['/q/x', '/q'],
    ['/p/x/', '/p/{q}'],
    ['/p/x/y', '/p/{q}'],
    ['/q/x/y', '/q'],
    ['/z/q', '/{p}/q'],
    ['/a/b/c/q', '/'],
  ])('%s goes to %s', (path, root) => {
    expect(table(new CurlyRouter(), roots).selectService(path)?.rootPath()).toBe(root)
  })

  const others = services('/{p}/{q}/{r}', '/{p}/q', '/p/{q}/', '/p/{q}', '/p/q', '/q', '/p', '/')
  test.each([
    ['/a/b', '/'],
    ['/p/q', '/p/q'],
    ['/q/p', '/q'],
    ['/', '/'],
    ['/p/q/r', '/p/q'],
    ['/p/x', '/p/{q}/'],
  ])('among many, %s goes to %s', (path, root) => {
    expect(table(new CurlyRouter(), others).selectService(path)?.rootPath()).toBe(root)
  })

  test('an expression that matches counts one more, one that does not still takes the path', () => {
    const choice = table(new CurlyRouter(), services('/{a}', '/{b:[0-9]+}'))
    expect(choice.selectService('/12')?.rootPath()).toBe('/{b:[0-9]+}')
    expect(choice.selectService('/ab')?.rootPath()).toBe('/{a}')
    const only = table(new CurlyRouter(), services('/{b:^[0-9]+$}'))
    expect(only.selectService('/ab')?.rootPath()).toBe('/{b:^[0-9]+$}')
  })

  test('a parameter in a root takes no empty token, an empty token takes one', () => {
    const choice = table(new CurlyRouter(), services('/a/{b}', '/a//c'))
    expect(choice.selectService('/a//x')).toBeUndefined()
    expect(choice.selectService('/a//c')?.rootPath()).toBe('/a//c')
  })

  test('once chosen it is not left again, even when another service has the route', () => {
    const choice = table(new CurlyRouter(), [routes('/a', '/x'), routes('/a/{b}', '/y')])
    expect(decision(choice, '/a/x')).toBe('404: Page Not Found')
  })
})

describe('a path matches a template token by token', () => {
  test.each([
    ['/a', '/a', '/a'],
    ['/a', '/b', '404: Page Not Found'],
    ['/a/{b}/c/', '/a/2/c', '/a/{b}/c/ {"b":"2"}'],
    ['/{a}/{b}/{c}/', '/a/b', '404: Page Not Found'],
    ['/{x:*}', '/', '404: Page Not Found'],
    ['/{x:*}', '/a', '/{x:*} {"x":"a"}'],
    ['/{x:*}', '/a/b', '/{x:*} {"x":"a/b"}'],
    ['/a/{x:*}', '/a/b', '/a/{x:*} {"x":"b"}'],
    ['/a/{x:*}', '/a', '404: Page Not Found'],
    ['/a/{x:[A-Z][A-Z]}', '/a/ZX', '/a/{x:[A-Z][A-Z]} {"x":"ZX"}'],
    ['/a/{x:[0-9]+}', '/a/b12c', '/a/{x:[0-9]+} {"x":"b12c"}'],
    ['/a/{x:(?i)hello}', '/a/xxHELLO', '/a/{x:(?i)hello} {"x":"xxHELLO"}'],
    ['/a/{x:[a-z]*}', '/a/b/c/d', '/a/{x:[a-z]*} {"x":"b"}'],
    ['/a/{x:*}/c', '/a/b/d', '/a/{x:*}/c {"x":"b/d"}'],
    ['/a/{x:*}/c', '/a/b', '/a/{x:*}/c {"x":"b"}'],
    ['/a/{x:*}/c', '/a/b/c/d', '404: Page Not Found'],
    ['/users/{id}/friends', '/users//friends', '/users/{id}/friends {"id":""}'],
    ['/fixed/{var}.foo', '/fixed/barrr.foo', '/fixed/{var}.foo {"var":"barrr"}'],
    ['/fixed/{var}_foo', '/fixed/barbar', '/fixed/{var}_foo {"var":"ba"}'],
    ['/fixed/{var}_foo', '/fixed/ab', '404: Page Not Found'],
    ['/fixed/foo_{var}', '/fixed/foo_barrr', '404: Page Not Found'],
    ['/fixed/v{n}', '/fixed/v{n}', '/fixed/v{n} {"n":"{n}"}'],
    ['/{what}/from/{source}/', '/who/from/SOS/', '/{what}/from/{source}/ {"what":"who","source":"SOS"}'],
    ['/x/{ id }', '/x/1', '/x/{ id } {" id ":"1"}'],
    ['/x/{id: [0-9]+ }', '/x/1', '404: Page Not Found'],
  ])('%s asked for %s answers %s', (template, path, answer) => {
    expect(decision(curly('/', template), path)).toBe(answer)
  })

  test.each([
    ['/resources:run', '/resources:run', '/resources:run'],
    ['/resources:run', '/user:run', '404: Page Not Found'],
    ['/resources:run', '/resources', '404: Page Not Found'],
    ['/resources:run', '/resources:Run', '404: Page Not Found'],
    ['/users/{userId:^prefix-}:start', '/users/prefix-}:startUserId', '404: Page Not Found'],
    [
      '/users/{userId:^prefix-}:start',
      '/users/prefix-userId:start',
      '/users/{userId:^prefix-}:start {"userId":"prefix-userId"}',
    ],
    [
      '/p/{a}/u/{id:^prefix-}:custom',
      '/p/110/u/prefix-x:custom',
      '/p/{a}/u/{id:^prefix-}:custom {"a":"110","id":"prefix-x"}',
    ],
    ['/u/{id:*}', '/u/prefix-x:custom', '/u/{id:*} {"id":"prefix-x:custom"}'],
  ])('custom verbs: %s asked for %s answers %s', (template, path, answer) => {
    expect(decision(curly('/', template), path)).toBe(answer)
  })

  test('a slash at the end counts only when it is not trimmed', () => {
    const ws = routes('/users', '/{id}')
    expect(decision(table(new CurlyRouter(), [ws]), '/users/')).toBe('404: Page Not Found')
    expect(decision(table(new CurlyRouter(), [ws], false), '/users/')).toBe('/users/{id} {"id":""}')
    expect(decision(table(new CurlyRouter(), [ws], false), '/users/7/')).toBe('404: Page Not Found')
  })
})

describe('of several routes the most specific comes first', () => {
  test.each([
    [['/{type}/{id}', '/network/{id}'], '/network/12', '/network/{id} {"id":"12"}'],
    [['/network/{id}', '/{type}/{id}'], '/network/12', '/network/{id} {"id":"12"}'],
    [['/{a}/x', '/{b}/x'], '/1/x', '/{b}/x {"b":"1"}'],
    [['/hello', '/hello/'], '/hello', '/hello/'],
    [['/{w:*}', '/a/{x:*}', '/a/{x}/{y}', '/a/{x}/c'], '/a/b/c', '/a/{x}/c {"x":"b"}'],
    [['/{w:*}', '/a/{x:*}', '/a/{x}/{y}'], '/a/b/c', '/a/{x}/{y} {"x":"b","y":"c"}'],
    [['/{w:*}', '/a/{x:*}'], '/a/b/c', '/a/{x:*} {"x":"b/c"}'],
    [['/x/{id}', '/x/{id}:stop'], '/x/1:stop', '/x/{id}:stop {"id":"1"}'],
  ])('%j asked for %s answers %s', (paths, path, answer) => {
    expect(decision(curly('/', ...paths), path)).toBe(answer)
  })

  test('a less specific path serves a method the more specific one has not', () => {
    const ws = new WebService().path('/users')
    ws.route(ws.post('/login').to(done)).route(ws.get('/{id}').to(done))
    const choice = table(new CurlyRouter(), [ws])
    expect(decision(choice, '/users/login')).toBe('/users/{id} {"id":"login"}')
    expect(decision(choice, '/users/login', message('POST'))).toBe('/users/login')
  })

  test('of equal routes the first registered comes first, however many there are', () => {
    const ws = new WebService().path('/')
    for (let i = 0; i < 40; i++) ws.route(ws.get('/same').operation(`operation${i}`).to(done))
    const selected = table(new CurlyRouter(), [ws]).selectRoute('/same', message())
    expect('route' in selected && selected.route.operation).toBe('operation0')
  })
})

test('a route in a service at / is not found below or above its path', () => {
  const choice = curly('/', '/hello')
  expect(decision(choice, '/')).toBe('404: Page Not Found')
  expect(decision(choice, '/hello/bob')).toBe('404: Page Not Found')
})

test('one parameter name used twice keeps the last value, asked for alone or with all', () => {
  const selected = curly('/', '/{a}/{a}').selectRoute('/1/2', message())
  if (!('route' in selected)) throw selected
  expect(selected.parameters.get('a')).toBe('2')
  expect([...selected.parameters.all()]).toEqual([['a', '2']])
})
