import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from 'vitest'
import { Request } from '../../lib/restful/index.js'

function request(url: string, headers: IncomingMessage['headers'] = {}): Request {
  return new Request({ url, headers } as IncomingMessage, undefined)
}

describe('a query', () => {
  test('gives the first value or all of them', () => {
    const req = request('/search?q=foo&q=bar&empty=&plus=a+b&esc=%2F')
    expect(req.queryParameter('q')).toBe('foo')
    expect(req.queryParameters('q')).toEqual(['foo', 'bar'])
    expect(req.queryParameter('empty')).toBe('')
    expect(req.queryParameter('plus')).toBe('a b')
    expect(req.queryParameter('esc')).toBe('/')
    expect(req.queryParameters('nothing')).toEqual([])
  })

  test('may be absent or malformed', () => {
    expect(request('/search').queryParameter('q')).toBe('')
    expect(request('/search?q=%zz').queryParameter('q')).toBe('%zz')
  })

  test('keeps names of object members apart', () => {
    const req = request('/?__proto__=a&constructor=b')
    expect(req.queryParameter('__proto__')).toBe('a')
    expect(req.queryParameter('toString')).toBe('')
    expect(({} as Record<string, unknown>).a).toBeUndefined()
  })
})

test('header fields are found in any case, several are joined', () => {
  const req = request('/', { 'x-a': '1', 'set-cookie': ['a', 'b'] })
  expect(req.headerParameter('X-A')).toBe('1')
  expect(req.headerParameter('Set-Cookie')).toBe('a, b')
  expect(req.headerParameter('X-B')).toBe('')
})

test('an attribute is what was set last', () => {
  const req = request('/')
  expect(req.attribute('user')).toBeUndefined()
  req.setAttribute('user', 'ada')
  req.setAttribute('user', 'grace')
  expect(req.attribute('user')).toBe('grace')
})

test('a request nobody routed has no parameters and no route', () => {
  const req = request('/')
  expect(req.pathParameter('id')).toBe('')
  expect(req.pathParameters()).toEqual(new Map())
  expect(req.selectedRoute()).toBeUndefined()
  expect(req.selectedRoutePath()).toBe('')
})
