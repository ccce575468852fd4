import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { OpenAPISource } from '../../lib/openapi/index.js'
import { OpenAPIHandler } from '../../lib/server/openapi-handler.js'
import { wardleSource } from './wardle.js'

const mountPath = '/mounted'
const document = '/openapi/v3/apis/wardle.example.com/v1alpha1'
const protobuf = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

let sources = 0
let source: () => OpenAPISource
let errors: unknown[] = []
let handler: OpenAPIHandler
let server: Server

function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const { port } = server.address() as AddressInfo
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path: mountPath + path, headers, method }, async (res) => {
      const chunks: Buffer[] = []
      for await (const chunk of res) chunks.push(chunk as Buffer)
      resolve({ status: res.statusCode ?? 0, headers: res.headers, body: Buffer.concat(chunks) })
    })
    sent.on('error', reject).end()
  })
}

function json(answer: Answer): Record<string, Record<string, unknown>> {
  return JSON.parse(answer.body.toString()) as Record<string, Record<string, unknown>>
}

beforeAll(async () => {
  server = createServer((req, res) => {
    const path = (req.url ?? '').split('?')[0]!.slice(mountPath.length)
    if (!handler.handle(req, res, path, mountPath)) res.writeHead(404, { 'X-Next': 'yes' }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})

afterAll(() => new Promise<void>((resolve) => void server.close(() => resolve())))

beforeEach(() => {
  sources = 0
  errors = []
  source = wardleSource
  const counted = () => {
    sources++
    return source()
  }
  handler = new OpenAPIHandler(counted, { onError: (error) => errors.push(error) })
})

describe('/openapi/v2', () => {
  test('is JSON unless protobuf is asked for', async () => {
    for (const accept of ['application/json', '*/*', 'application/*', '', 'text/plain, application/json;q=0.1']) {
      const answer = await ask('/openapi/v2', { accept })
      expect(answer.headers['content-type']).toBe('application/json')
      expect(json(answer).swagger).toBe('2.0')
    }
  })

  test('is protobuf where that is wanted more, under the same hash', async () => {
    const asJSON = await ask('/openapi/v2')
    const answer = await ask('/openapi/v2', { accept: `application/json;q=0.5, ${protobuf}` })
    expect(answer.headers['content-type']).toBe('application/com.github.proto-openapi.spec.v2.v1.0+protobuf')
    expect(answer.headers.etag).toBe(asJSON.headers.etag)
    expect(answer.headers.vary).toBe('Accept, Accept-Encoding')
    expect(answer.body[0]).toBe(0x0a)
  })

  test.each(['text/plain', 'application/json;q=0', 'application/yaml'])('is not acceptable as %s', async (accept) => {
    expect((await ask('/openapi/v2', { accept })).status).toBe(406)
  })

  test('is compressed for those who take gzip and for nobody else', async () => {
    const plain = await ask('/openapi/v2')
    const zipped = await ask('/openapi/v2', { 'accept-encoding': 'br, gzip;q=0.5' })
    expect(plain.headers['content-encoding']).toBeUndefined()
    expect(zipped.headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(zipped.body)).toEqual(plain.body)
    expect((await ask('/openapi/v2', { 'accept-encoding': 'gzip;q=0' })).headers['content-encoding']).toBeUndefined()
  })

  test('is not sent to those who have it', async () => {
    const { etag = '', 'last-modified': modified = '' } = (await ask('/openapi/v2')).headers
    expect(etag).toMatch(/^"[0-9A-F]{128}"$/)
    for (const known of [etag, `"other", W/${etag}`, '*']) {
      const answer = await ask('/openapi/v2', { 'if-none-match': known })
      expect([answer.status, answer.body.length, answer.headers.etag]).toEqual([304, 0, etag])
      // What has an ETag needs no date (RFC 9110, 15.4.5).
      expect(answer.headers['last-modified']).toBeUndefined()
    }
    expect((await ask('/openapi/v2', { 'if-modified-since': modified })).status).toBe(304)
    expect((await ask('/openapi/v2', { 'if-none-match': '"other"', 'if-modified-since': modified })).status).toBe(200)
    expect((await ask('/openapi/v2', { 'if-none-match': etag }, 'POST')).status).toBe(412)
  })

  test('a HEAD has the headers of a GET and no body', async () => {
    const get = await ask('/openapi/v2')
    const head = await ask('/openapi/v2', {}, 'HEAD')
    expect(head.headers['content-length']).toBe(String(get.body.length))
    expect(head.body).toHaveLength(0)
  })
})

describe('/openapi/v3', () => {
  test('lists a document for each web service, at a path with its hash', async () => {
    const { paths = {} } = json(await ask('/openapi/v3'))
    expect(Object.keys(paths)).toEqual([
      'apis',
      'apis/wardle.example.com',
      'apis/wardle.example.com/v1alpha1',
      'apis/wardle.example.com/v1beta1',
      'version',
    ])
    for (const { serverRelativeURL } of Object.values(paths) as { serverRelativeURL: string }[]) {
      const answer = await ask(serverRelativeURL)
      expect(answer.status).toBe(200)
      expect(answer.headers.etag).toBe(`"${serverRelativeURL.split('hash=')[1]}"`)
      expect(answer.headers['cache-control']).toBe('public, immutable')
      expect(Date.parse(answer.headers.expires ?? '')).toBeGreaterThan(Date.now())
    }
  })

  test('a document at an old hash has moved to its present one; without a hash it is not cached for good', async () => {
    const { etag = '', 'cache-control': caching } = (await ask(document)).headers
    expect(caching).toBeUndefined()
    const moved = await ask(`${document}?hash=OLD`)
    expect(moved.status).toBe(301)
    expect(moved.headers.location).toBe(`${mountPath}${document}?hash=${etag.slice(1, -1)}`)
  })

  test('a document has the schemas that it needs and no others', async () => {
    const { components } = json(await ask('/openapi/v3/version'))
    expect(Object.keys(components?.schemas ?? {})).toEqual(['io.k8s.apimachinery.pkg.version.Info'])
  })

  test('a document that does not exist is not found, one in protobuf is not acceptable', async () => {
    for (const path of ['/openapi/v3/', '/openapi/v3/apis/other/v1', '/openapi/v3/__proto__', `${document}/`]) {
      expect((await ask(path)).status).toBe(404)
    }
    const accept = 'application/com.github.proto-openapi.spec.v3@v1.0+protobuf'
    expect((await ask(document, { accept })).status).toBe(406)
    expect((await ask(document, { accept: `${accept}, application/json;q=0.9` })).status).toBe(200)
  })
})

test.each(['/openapi', '/openapi/', '/openapi/v2/', '/openapi/v30', '/apis'])('%s is left to others', async (path) => {
  expect((await ask(path)).headers['x-next']).toBe('yes')
})

test('the source is asked once, and again after it was invalidated', async () => {
  await Promise.all([ask('/openapi/v2'), ask('/openapi/v2', { accept: protobuf }), ask('/openapi/v3'), ask(document)])
  expect(sources).toBe(1)
  source = () => ({ ...wardleSource(), info: { title: 'Other', version: 'v2' } })
  expect(json(await ask('/openapi/v2')).info?.title).toBe('Wardle')
  handler.invalidate()
  expect(json(await ask('/openapi/v2')).info?.title).toBe('Other')
  expect(sources).toBe(2)
})

test('a document that cannot be built is answered 503, and the reason is told to the server alone', async () => {
  const route = wardleSource().webServices[0]!.routes()[0]!
  const broken = { ...route, responses: new Map([[200, { code: 200, message: 'OK', model: 'NoSuchKind' }]]) }
  source = () => ({ ...wardleSource(), webServices: [{ rootPath: () => '/version', routes: () => [broken] }] })
  const answer = await ask('/openapi/v2')
  expect(answer.status).toBe(503)
  expect(answer.body.toString()).not.toContain('NoSuchKind')
  expect(String(errors[0])).toContain('GET /version/ names the model "NoSuchKind", which is not defined')
})
