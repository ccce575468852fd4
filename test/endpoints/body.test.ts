import { request as plainRequest } from 'node:http'
import { connect, constants, createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import express from 'express'
import type { Status } from 'express-apiserver'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { create, freshPath, served, widget } from '../server/harness.js'

const LIMIT = 3 * 1024 * 1024
const TOO_LARGE = { code: 413, reason: 'RequestEntityTooLarge', message: `Request entity too large: limit is ${LIMIT}` }
const json = { 'content-type': 'application/json' }

/** A small widget in exactly so many bytes of JSON, most of them spaces. */
const sized = (bytes: number): Buffer => Buffer.from(JSON.stringify(widget('a')).padEnd(bytes))

const server = served()

interface Answered {
  readonly status: number
  readonly body: Status & { metadata: object }
}

/** Sends a body in chunks, without saying its length. */
function chunked(path: string, body: Buffer, headers: Record<string, string> = json): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sent = plainRequest(server.url + path, { method: 'POST', headers, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }))
    })
    sent.on('error', reject)
    for (let at = 0; at < body.length; at += 64 * 1024) sent.write(body.subarray(at, at + 64 * 1024))
    sent.end()
  })
}

describe('a body of up to 3 MiB', () => {
  test('is read up to its last byte, and refused beyond, when its length is said', async () => {
    const fits = await server.send(freshPath(), { body: sized(LIMIT), headers: json })
    expect(fits.status).toBe(201)
    const over = await server.send(freshPath(), { body: sized(LIMIT + 1), headers: json })
    expect(over.json()).toMatchObject(TOO_LARGE)
  })

  test('is bounded too when it comes in chunks', async () => {
    expect((await chunked(freshPath(), sized(LIMIT))).status).toBe(201)
    expect((await chunked(freshPath(), sized(LIMIT + 1))).body).toMatchObject(TOO_LARGE)
  })

  test('that says it is larger is refused before it comes', async () => {
    const status = await new Promise((resolve, reject) => {
      const headers = { ...json, 'content-length': String(LIMIT + 1) }
      const sent = plainRequest(server.url + freshPath(), { method: 'POST', headers, agent: false }, (response) => {
        resolve(response.statusCode)
        sent.destroy()
      })
      sent.on('error', reject)
      sent.write('{')
    })
    expect(status).toBe(413)
  })

  test('that never ends is refused once it is too large, and cut off when it goes on', async () => {
    let status: number | undefined
    let sentBytes = 0
    await new Promise<void>((resolve) => {
      const sent = plainRequest(server.url + freshPath(), { method: 'POST', headers: json, agent: false })
      const chunk = Buffer.alloc(256 * 1024, ' ')
      const more = () => {
        // A connection that is cut off takes an answer along that nobody has read yet.
        if (sent.destroyed || (sentBytes > LIMIT && status === undefined)) return
        sentBytes += chunk.length
        sent.write(chunk, () => setImmediate(more))
      }
      sent.on('response', (response) => {
        status = response.statusCode
        response.resume()
        setImmediate(more)
      })
      sent.on('error', () => {})
      sent.on('close', resolve)
      more()
    })
    expect(status).toBe(413)
    expect(sentBytes).toBeGreaterThan(LIMIT)
    expect((await server.send(freshPath())).status).toBe(200)
  })

  test('of every verb is bounded', async () => {
    const path = freshPath()
    await create(server, path, widget('a'))
    const body = Buffer.alloc(LIMIT + 1, ' ')
    for (const [method, type] of [
      ['PUT', 'application/json'],
      ['PATCH', 'application/merge-patch+json'],
      ['DELETE', 'application/json'],
    ] as const) {
      const answer = await server.send(`${path}/a`, { method, body, headers: { 'content-type': type } })
      expect(answer.json(), method).toMatchObject(TOO_LARGE)
    }
    expect((await server.send(`${path}/a`)).status).toBe(200)
  })
})

describe('a packed body', () => {
  const body = Buffer.from(JSON.stringify(widget('a', { color: 'red' })))

  test.each([
    ['gzip', gzipSync(body)],
    ['deflate', deflateSync(body)],
    ['br', brotliCompressSync(body)],
    ['identity', body],
  ])('(%s) is read', async (encoding, packed) => {
    const answer = await server.send(freshPath(), { body: packed, headers: { ...json, 'content-encoding': encoding } })
    expect(answer.json()).toMatchObject({ spec: { color: 'red' } })
  })

  test('is bounded by what it unpacks to', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, ' '))
    expect(bomb.length).toBeLessThan(100_000)
    const headers = { ...json, 'content-encoding': 'gzip' }
    expect((await server.send(freshPath(), { body: bomb, headers })).json()).toMatchObject(TOO_LARGE)
    expect((await chunked(freshPath(), bomb, headers)).body).toMatchObject(TOO_LARGE)
  })

  test('that is broken, or in an encoding nobody knows, is refused', async () => {
    const headers = (encoding: string) => ({ ...json, 'content-encoding': encoding })
    const broken = await server.send(freshPath(), { body: Buffer.from('no gzip'), headers: headers('gzip') })
    expect(broken.json()).toMatchObject({ code: 400, reason: 'BadRequest' })
    const cut = await server.send(freshPath(), { body: gzipSync(body).subarray(0, 20), headers: headers('gzip') })
    expect(cut.json()).toMatchObject({ code: 400 })
    const unknown = await server.send(freshPath(), { body, headers: headers('zstd2') })
    expect(unknown.json()).toMatchObject({ code: 415, reason: 'UnsupportedMediaType' })
  })
})

describe('over HTTP/2', () => {
  let http2: ReturnType<typeof createHttp2Server>
  let session: ReturnType<typeof connect>
  beforeAll(async () => {
    http2 = createHttp2Server(server.api.handler())
    await new Promise<void>((resolve) => http2.listen(0, '127.0.0.1', resolve))
    session = connect(`http://127.0.0.1:${(http2.address() as AddressInfo).port}`)
  })
  afterAll(() => {
    session.close()
    http2.close()
  })

  function post(path: string, body: Buffer, headers: Record<string, string> = {}): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const stream = session.request({ ':method': 'POST', ':path': path, ...json, ...headers })
      let status = 0
      let text = ''
      stream.on('response', (head) => {
        status = Number(head[constants.HTTP2_HEADER_STATUS])
      })
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      stream.on('end', () => resolve({ status, body: JSON.parse(text) }))
      stream.on('error', reject)
      stream.end(body)
    })
  }

  test('a body is read although neither its length nor chunks are said', async () => {
    const { status, body } = await post(freshPath(), Buffer.from(JSON.stringify(widget('a'))))
    expect([status, body.metadata]).toEqual([201, expect.objectContaining({ name: 'a' })])
  })

  test('and bounded, packed or not', async () => {
    expect((await post(freshPath(), sized(LIMIT + 1))).body).toMatchObject(TOO_LARGE)
    const bomb = gzipSync(Buffer.alloc(16 * 1024 * 1024, ' '))
    expect((await post(freshPath(), bomb, { 'content-encoding': 'gzip' })).body).toMatchObject(TOO_LARGE)
  })
})

describe('a body that the host application has read', () => {
  const app = express()
  app.use(express.json({ type: ['application/json', 'application/merge-patch+json'] }))
  app.use(express.text({ type: 'application/yaml' }))
  const host = served({
    mount(api) {
      app.use(api)
      return app
    },
  })

  test('is taken as it is, with one warning in the log', async () => {
    const path = freshPath()
    expect(host.log.warnings).toEqual([])
    await create(host, path, widget('a', { color: 'red' }))
    const yaml = { 'content-type': 'application/yaml' }
    const second = await host.send(path, { body: 'metadata: {name: b}', headers: yaml })
    expect(second.status).toBe(201)
    const headers = { 'content-type': 'application/merge-patch+json' }
    const patched = await host.send(`${path}/a`, { method: 'PATCH', headers, body: '{"spec":{"color":"blue"}}' })
    expect(patched.json()).toMatchObject({ spec: { color: 'blue' } })
    expect((await host.send(`${path}/a`, { method: 'DELETE' })).status).toBe(200)
    expect(host.log.warnings).toHaveLength(1)
    expect(host.log.warnings[0]).toContain('a body parser ran before the API middleware')
  })

  test('that it did not read is read here', async () => {
    const headers = { 'content-type': 'application/json-patch+json' }
    const path = freshPath()
    await create(host, path, widget('a'))
    const body = '[{"op":"add","path":"/spec/color","value":"red"}]'
    expect((await host.send(`${path}/a`, { method: 'PATCH', headers, body })).json()).toMatchObject({
      spec: { color: 'red' },
    })
  })
})
