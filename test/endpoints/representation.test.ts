import { request as plainRequest } from 'node:http'
import { gunzipSync } from 'node:zlib'
import type { KubeObject, Table } from 'express-apiserver'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DedupedWarnings, RequestContext, writeError } from '../../lib/endpoints/index.js'
import { setStandardHeaders } from '../../lib/endpoints/response/headers.js'
import { writeChunks } from '../../lib/endpoints/response/write.js'
import { create, freshPath, served, V1, widget } from '../server/harness.js'
import { listenOn, openWatch, send } from '../support/server.js'

const server = served()
const JSON_TYPE = 'application/json'
const form = (as: string, version = 'v1') => ({ accept: `${JSON_TYPE};as=${as};v=${version};g=meta.k8s.io` })

async function filled(): Promise<string> {
  const path = freshPath()
  await create(server, path, widget('a', { color: 'red' }, { labels: { l: 'x' } }))
  await create(server, path, widget('b', { color: 'blue' }))
  return path
}

describe('an object', () => {
  test('is one line of JSON, or indented for people, and the same in both', async () => {
    const path = `${await filled()}/a`
    const plain = await server.send(path)
    expect(plain.text).toMatch(/^\{[^\n]*\}\n$/)
    const pretty = await server.send(`${path}?pretty=true`)
    expect(pretty.text).toMatch(/^\{\n {2}"kind": "Widget",\n {2}"apiVersion"/)
    expect(pretty.text.endsWith('}')).toBe(true)
    expect(pretty.json()).toEqual(plain.json())
    expect((await server.send(path, { headers: { 'user-agent': 'curl/8.0' } })).text).toBe(pretty.text)
  })

  test('is YAML for those who ask', async () => {
    const path = await filled()
    const answer = await server.send(`${path}/a`, { headers: { accept: 'application/yaml' } })
    expect(answer.headers['content-type']).toBe('application/yaml')
    expect(answer.text).toMatch(/^apiVersion: example\.com\/v2\nkind: Widget\nmetadata:\n/)
    const list = await server.send(path, { headers: { accept: 'application/yaml' } })
    expect(list.text).toContain('kind: WidgetList\n')
  })

  test('may come as YAML', async () => {
    const body = 'metadata:\n  name: from-yaml\nspec:\n  color: red\n'
    const answer = await server.send(freshPath(), { body, headers: { 'content-type': 'application/yaml' } })
    expect(answer.json()).toMatchObject({ metadata: { name: 'from-yaml' }, spec: { color: 'red' } })
  })

  test('can be had as its metadata alone', async () => {
    const path = await filled()
    const one = await server.send(`${path}/a`, { headers: form('PartialObjectMetadata') })
    expect(one.json()).toMatchObject({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { name: 'a', labels: { l: 'x' } },
    })
    expect(one.json()).not.toHaveProperty('spec')
    const list = (await server.send(path, { headers: form('PartialObjectMetadataList', 'v1beta1') })).json<{
      items: object[]
    }>()
    expect(list).toMatchObject({ kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1beta1' })
    expect(list.items).toHaveLength(2)
  })
})

describe('a table', () => {
  const rows = (table: Table) => table.rows?.map(({ cells }) => cells)

  test('shows a list in the columns of the kind, with the metadata of each row', async () => {
    const path = await filled()
    const table = (await server.send(path, { headers: form('Table') })).json<Table & { metadata: object }>()
    expect(table).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' })
    expect(table.metadata).toHaveProperty('resourceVersion')
    expect(table.columnDefinitions?.map(({ name }) => name)).toEqual(['Name', 'Color'])
    expect(rows(table)).toEqual([
      ['a', 'red'],
      ['b', 'blue'],
    ])
    expect(table.rows?.[0]?.object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'a' } })
    expect(table.rows?.[0]?.object).not.toHaveProperty('spec')
  })

  test('shows one object as one row', async () => {
    const table = (await server.send(`${await filled()}/a`, { headers: form('Table') })).json<Table>()
    expect(rows(table)).toEqual([['a', 'red']])
  })

  test('is cut into pages like a list', async () => {
    const table = (await server.send(`${await filled()}?limit=1`, { headers: form('Table') })).json<Table>()
    expect(rows(table)).toHaveLength(1)
    expect(table.metadata).toMatchObject({ continue: expect.any(String), remainingItemCount: 1 })
  })

  test.each([
    ['None', null],
    ['Object', expect.objectContaining({ kind: 'Widget', spec: { color: 'red' } })],
    ['Metadata', expect.objectContaining({ kind: 'PartialObjectMetadata' })],
  ])('carries with each row what includeObject=%s says', async (include, object) => {
    const path = `${await filled()}/a?includeObject=${include}`
    expect((await server.send(path, { headers: form('Table') })).json<Table>().rows?.[0]?.object).toEqual(object)
  })

  test('is refused with a wrong includeObject', async () => {
    const answer = await server.send(`${await filled()}?includeObject=x`, { headers: form('Table') })
    expect(answer.json()).toMatchObject({
      code: 400,
      message: `Unable to convert to Table as requested: includeObject: Invalid value: "x": must be 'Metadata', 'Object', 'None', or empty`,
    })
  })

  test('of a watch names its columns once', async () => {
    const path = await filled()
    const watch = await openWatch(`${server.url}${path}?watch=true`, form('Table'))
    const events = await watch.until((seen) => seen.length === 2)
    watch.cancel()
    const [first, second] = events.map(({ object }) => object as unknown as Table)
    expect(first?.columnDefinitions).toHaveLength(2)
    expect(second?.columnDefinitions ?? null).toBeNull()
    expect(rows(second!)).toEqual([['b', 'blue']])
  })
})

describe('warnings', () => {
  test('of the kind, and of unknown and duplicate fields, come one header each', async () => {
    const body = '{"metadata":{"name":"a"},"spec":{"color":"beige","size":1,"width":1,"width":2},"extra":{}}'
    const headers = { 'content-type': JSON_TYPE }
    const answer = await server.send(freshPath(), { body, headers })
    const text = Buffer.from(answer.headers.warning ?? '', 'latin1').toString('utf8')
    for (const warning of [
      '299 - "duplicate field \\"spec.width\\""',
      '299 - "unknown field \\"spec.size\\""',
      '299 - "unknown field \\"extra\\""',
      '299 - "beige is \\"out\\" of fashion \\\\o/ – änd so on"',
    ])
      expect(text).toContain(warning)
  })

  test('are errors under fieldValidation=Strict, and silent under Ignore', async () => {
    const body = { ...widget('a'), extra: 1 }
    const strict = await server.send(`${freshPath()}?fieldValidation=Strict`, { body })
    expect(strict.json()).toMatchObject({
      code: 400,
      message: 'Widget in version "v2" cannot be handled as a Widget: strict decoding error: unknown field "extra"',
    })
    const ignored = await server.send(`${freshPath()}?fieldValidation=Ignore`, { body })
    expect([ignored.status, ignored.headers.warning]).toEqual([201, undefined])
  })

  const texts = (warnings: string[]) => {
    const headers = new Map<string, unknown>()
    const response = {
      setHeader: (name: string, value: unknown) => headers.set(name, value),
      getHeaderNames: () => [],
    } as unknown as RequestContext['response']
    const ctx = new RequestContext({ headers: {} } as RequestContext['request'], response, '/')
    ctx.warningRecorder = new DedupedWarnings()
    for (const warning of warnings) ctx.warn(warning)
    setStandardHeaders(ctx)
    return (headers.get('Warning') ?? []) as string[]
  }

  test('are told once each, in order', () => {
    expect(texts(['b', 'a', 'b'])).toEqual(['299 - "b"', '299 - "a"'])
  })

  test('with control characters are dropped: they could begin another header', () => {
    expect(texts(['a\r\nSet-Cookie: x', 'tab\t', 'del\u007f', 'good'])).toEqual(['299 - "good"'])
  })

  test('that are too many are cut short, and end at 4,096 characters', () => {
    const found = texts(Array.from({ length: 30 }, (_, i) => `${i}`.padEnd(300, 'x')))
    expect(found).toHaveLength(16)
    expect(found[0]).toHaveLength('299 - ""'.length + 256)
  })
})

describe('every answer', () => {
  test.each([
    ['GET', '', 200],
    ['GET', '/none', 404],
    ['POST', '', 415],
    ['PUT', '', 405],
  ])('to %s %j has an audit id, may not be cached, and is not sniffed', async (method, name, status) => {
    const headers = { 'content-type': 'text/plain' }
    const answer = await server.send((await filled()) + name, {
      method,
      headers,
      ...(method === 'POST' && { body: 'x' }),
    })
    expect(answer.status).toBe(status)
    expect(answer.headers).toMatchObject({
      'audit-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'cache-control': 'no-cache, private',
      'content-type': JSON_TYPE,
    })
  })

  test('keeps the audit id of its request, unless that is no id', async () => {
    const sent = (id: string) => server.send(freshPath(), { headers: { 'audit-id': id } })
    expect((await sent('my-id')).headers['audit-id']).toBe('my-id')
    expect((await sent('x'.repeat(5000))).headers['audit-id']).toBe('x'.repeat(5000))
    expect((await sent('')).headers['audit-id']).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('has one more header when the client shall wait', async () => {
    const answer = await server.send(`${await filled()}?resourceVersion=9000000000000000`)
    expect([answer.status, answer.headers['retry-after']]).toEqual([504, '1'])
  })
})

describe('gzip', () => {
  const path = freshPath()
  const large = widget('large', { color: 'x'.repeat(200 * 1024) })

  /** The body as it came, and its headers. */
  function raw(at: string, headers: Record<string, string>) {
    return new Promise<{ body: Buffer; headers: Record<string, unknown> }>((resolve, reject) => {
      plainRequest(server.url + at, { headers, agent: false }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => resolve({ body: Buffer.concat(chunks), headers: response.headers }))
      })
        .on('error', reject)
        .end()
    })
  }
  const gzip = { 'accept-encoding': 'gzip' }

  test('packs what is large, one object or a list', async () => {
    await create(server, path, large)
    for (const at of [`${path}/large`, path]) {
      const { body, headers } = await raw(at, gzip)
      expect(headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' })
      expect(body.length).toBeLessThan(10_000)
      const plain = await raw(at, {})
      expect(plain.headers).not.toHaveProperty('content-encoding')
      expect(gunzipSync(body)).toEqual(plain.body)
    }
  })

  test('leaves what is small, and what the client does not ask for in so many words', async () => {
    expect((await raw(freshPath(), gzip)).headers).not.toHaveProperty('content-encoding')
    for (const wanted of ['gzip;q=0.5', 'gzip;q=0', 'identity', 'deflate, br', 'xgzip'])
      expect((await raw(path, { 'accept-encoding': wanted })).headers, wanted).not.toHaveProperty('content-encoding')
    expect((await raw(path, { 'accept-encoding': 'br, gzip' })).headers['content-encoding']).toBe('gzip')
  })
})

describe('a large list', () => {
  const warned: Error[] = []
  const listen = (warning: Error) => warned.push(warning)
  beforeEach(() => {
    process.on('warning', listen)
  })
  afterEach(() => {
    process.off('warning', listen)
  })

  const MEGABYTE = Buffer.alloc(1024 * 1024, 'x')
  async function* megabytes(count: number): AsyncGenerator<Buffer> {
    for (let i = 0; i < count; i++) yield MEGABYTE
  }

  test.each(['identity', 'gzip'])(
    'to a slow reader (%s) comes whole, and leaves no listener behind',
    async (encoding) => {
      const served = await listenOn(
        (req, res) => void writeChunks(new RequestContext(req, res, '/'), 200, 'text/x', megabytes(24)),
      )
      const length = await new Promise<number>((resolve, reject) => {
        plainRequest(served.url, { headers: { 'accept-encoding': encoding }, agent: false }, (response) => {
          let size = 0
          response.on('data', (chunk: Buffer) => {
            size += chunk.length
            if (size > 20_000) return
            response.pause()
            setTimeout(() => response.resume(), 20)
          })
          response.on('end', () => resolve(size))
        })
          .on('error', reject)
          .end()
      })
      await served.close()
      if (encoding === 'identity') expect(length).toBe(24 * MEGABYTE.length)
      else expect(length).toBeGreaterThan(0)
      expect(warned).toEqual([])
    },
  )

  test('to a reader who leaves is given up', async () => {
    let written: Promise<void> | undefined
    const served = await listenOn((req, res) => {
      written = writeChunks(new RequestContext(req, res, '/'), 200, 'text/x', megabytes(64))
    })
    await new Promise<void>((resolve) => {
      const sent = plainRequest(served.url, { agent: false }, (response) => {
        response.once('data', () => {
          sent.destroy()
          resolve()
        })
      })
      sent.on('error', () => {})
      sent.end()
    })
    await written
    await served.close()
  })
})

test('an error after the answer has begun breaks the connection: the client must not take half for the whole', async () => {
  const served = await listenOn((req, res) => {
    res.writeHead(200).write('{"items":[')
    void writeError(new RequestContext(req, res, '/'), new Error('too late'))
  })
  await expect(send(served.url)).rejects.toThrow(/aborted|hang up|ECONNRESET/)
  await served.close()
})

test('a list of nothing is an empty list', async () => {
  const list = (await server.send(freshPath(V1))).json<{ items: KubeObject[] }>()
  expect(list).toMatchObject({ kind: 'WidgetList', apiVersion: 'example.com/v1', items: [] })
})
