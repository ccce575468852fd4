import { describe, expect, test } from 'vitest'
import { PathRecorderMux } from '../../lib/server/path-recorder-mux.js'
import { compareVersions } from '../../lib/server/version-priority.js'
import { freshPath, served, V2 } from './harness.js'

describe('the paths beside the API', () => {
  const handler = () => {}
  const mux = new PathRecorderMux()
    .unlistedHandlePrefix('/secretPrefix/', () => {})
    .unlistedHandlePrefix('/publicPrefix/', () => {})
    .unlistedHandlePrefix('/publicPrefix/but-more-precise/', () => {})
    .handle('/publicPrefix/exactmatch', handler)
    .handle('/otherPublic/exactmatchslash/', handler)
  const named = new Map([
    ['public', mux.match('/publicPrefix/')],
    ['precise', mux.match('/publicPrefix/but-more-precise/')],
    ['secret', mux.match('/secretPrefix/')],
  ])

  test.each([
    ['/fallthrough', undefined],
    ['/publicPrefix', undefined],
    ['/publicPrefix/', 'public'],
    ['/publicPrefix/something', 'public'],
    ['/publicPrefix/but-more-precise', 'public'],
    ['/publicPrefix/but-more-precise/', 'precise'],
    ['/publicPrefix/but-more-precise/more-stuff', 'precise'],
    ['/publicPrefix/exactmatch/', 'public'],
    ['/otherPublic/exactmatchslash', undefined],
    ['/secretPrefix/', 'secret'],
    ['/secretPrefix/something', 'secret'],
    ['', undefined],
    ['no-slash', undefined],
  ])('%s goes to the longest prefix: %s', (path, expected) => {
    expect(mux.match(path)).toBe(expected && named.get(expected))
  })

  test.each(['/publicPrefix/exactmatch', '/otherPublic/exactmatchslash/'])('%s goes to its own handler', (path) => {
    expect(mux.match(path)).toBe(handler)
  })

  test('prefixes must end in a slash, and a path is registered once', () => {
    expect(() => mux.unlistedHandlePrefix('/x', handler)).toThrow('"/x" must end in a trailing slash')
    expect(() => mux.handle('/publicPrefix/exactmatch', handler)).toThrow('is registered twice')
  })

  test('only listed paths are listed', () => {
    expect(mux.listedPaths()).toEqual(['/otherPublic/exactmatchslash/', '/publicPrefix/exactmatch'])
  })
})

test('versions are preferred stable before beta before alpha, newer before older, the rest by name', () => {
  const versions = ['foo1', 'v1alpha1', 'v2', 'v1beta2', 'v10', 'v1', 'v11alpha2', 'v1beta10', 'foo10', 'v12alpha1']
  expect(versions.sort(compareVersions)).toEqual([
    'v10',
    'v2',
    'v1',
    'v1beta10',
    'v1beta2',
    'v12alpha1',
    'v11alpha2',
    'v1alpha1',
    'foo1',
    'foo10',
  ])
})

describe('who answers', () => {
  const server = served({ notFound: true, index: true })

  const plain = '404 page not found\n'
  test.each([
    ['/nobody', plain],
    ['/apis/unknown.com', plain],
    ['/apis/unknown.com/v1/things', plain],
    ['/apis/example.com.evil/v2', plain],
    ['//apis/example.com/v2', plain],
    ['/api/v1/pods', plain],
    ['/openapi', plain],
  ])('%s is nobody’s: plain text', async (path, text) => {
    const answer = await server.send(path)
    expect([answer.status, answer.text]).toEqual([404, text])
    expect(answer.headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
    })
  })

  test.each([
    `${V2}/unknown`,
    `${V2}//widgets`,
    `${V2}/widgets/a/b`,
    '/apis/example.com/v9',
    '/version/more',
    `${freshPath()}/a/unknown`,
  ])('%s is the API’s: a Status', async (path) => {
    const answer = await server.send(path)
    expect(answer.status).toBe(404)
    expect(answer.json()).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'the server could not find the requested resource',
      reason: 'NotFound',
      details: {},
      code: 404,
    })
  })

  test.each([
    ['POST', `${freshPath()}/a`],
    ['PUT', freshPath()],
    ['PATCH', freshPath()],
    ['DELETE', `${V2}/widgets`],
    ['OPTIONS', freshPath()],
    ['POST', '/version'],
    ['POST', '/apis'],
    ['DELETE', '/apis/example.com'],
    ['POST', `${V2}/watch/widgets`],
  ])('%s %s is a method that the path does not have', async (method, path) => {
    const answer = await server.send(path, { method })
    expect(answer.status).toBe(405)
    expect(answer.json()).toMatchObject({
      reason: 'MethodNotAllowed',
      message: 'the server does not allow this method on the requested resource',
    })
  })

  test('a path that says to watch nothing is an error of the path', async () => {
    const answer = await server.send(`${V2}/watch/`)
    expect([answer.status, answer.text]).toEqual([
      500,
      `Internal Server Error: "${V2}/watch/": failed to create RequestInfo: unable to determine kind and namespace from url, ${V2}/watch/\n`,
    ])
  })

  test('slashes at the end of a path do not count', async () => {
    for (const path of ['/apis', '/apis/example.com', V2, '/version', `${V2}/widgets`])
      expect((await server.send(`${path}/`)).text.length, path).toBe((await server.send(path)).text.length)
  })

  test('the index lists what is there', async () => {
    const { paths } = (await server.send('/')).json<{ paths: string[] }>()
    expect(paths).toEqual([...paths].sort())
    expect(paths).toEqual(expect.arrayContaining(['/apis', '/apis/example.com', V2, '/openapi/v2', '/version']))
    expect(paths).not.toContain('/')
    expect((await server.send('/index.html')).json()).toEqual({ paths })
  })

  test.each(['/%', '/apis/%zz', `${V2}/widgets/%`])('%s cannot be decoded and is refused', async (path) => {
    expect((await server.send(path)).status).toBe(400)
  })
})

describe('a server that claims no more than it must', () => {
  const mine = (path: string) => new RegExp(`^mine: ${path.replaceAll('.', '\\.')}$`)
  const errors: unknown[] = []
  const server = served({
    mount: (api) => (req, res) =>
      api(req, res, (err) => {
        if (err !== undefined) errors.push(err)
        res.end(`mine: ${req.url}`)
      }),
  })

  test.each([
    '/',
    '/healthz',
    '/metrics',
    '/api',
    '/api/v1',
    '/apisx',
    '/versions',
    '/openapis',
    '/%zz',
    '/index.html',
  ])('%s goes on to the app', async (path) => {
    expect((await server.send(path)).text).toMatch(mine(path))
  })

  test.each([
    ['/apis/unknown.com/v1', 404],
    [`${V2}/nothing`, 404],
    [`${freshPath()}/nothing`, 404],
    [`${V2}/widgets?limit=x`, 400],
    [`${V2}/watch/`, 500],
  ])('%s is answered %i, and the app never hears of the error', async (path, status) => {
    const answer = await server.send(path)
    expect(answer.status).toBe(status)
    expect(answer.text).not.toContain('mine: ')
    expect(errors).toEqual([])
  })
})
