import http from 'node:http'
import net from 'node:net'
import type { Transform } from 'node:stream'
import zlib from 'node:zlib'
import compression from 'compression'
import express from 'express'
import { describe, expect, test } from 'vitest'
import {
  BoundedCompressors,
  Container,
  type ContainerOptions,
  NewCompressors,
  type RouteBuilder,
  type RouteFunction,
  WebService,
} from '../../lib/restful/index.js'
import { Served } from './served.js'

let served: Served | undefined

const TEXT = 'all work and no play '.repeat(100)
const ON: ContainerOptions = { contentEncodingEnabled: true }

function container(fn: RouteFunction, options = ON, more: (b: RouteBuilder) => void = () => {}): Container {
  const ws = new WebService()
  for (const method of ['GET', 'HEAD', 'POST']) ws.route(ws.method(method).path('/').to(fn).do(more))
  return new Container(options).add(ws)
}

interface Raw {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: Buffer
}

async function call(listener: Container | http.RequestListener, accept: string, method = 'GET'): Promise<Raw> {
  served = await Served.by(listener)
  const options = { port: served.port, method, path: '/', headers: { 'Accept-Encoding': accept }, agent: false }
  return new Promise((resolve, reject) => {
    const request = http.request(options, (res) => {
      const chunks: Buffer[] = []
      res.on('data', (chunk) => chunks.push(chunk))
      res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, body: Buffer.concat(chunks) }))
    })
    request.on('error', reject).end()
  })
}

const decoders = { gzip: zlib.gunzipSync, deflate: zlib.inflateSync, br: zlib.brotliDecompressSync }
const whole: RouteFunction = (_req, res) => res.end(TEXT)

describe('an answer is compressed', () => {
  test.each([
    ['gzip', 'gzip'],
    ['deflate', 'deflate'],
    ['br', 'br'],
    ['gzip, deflate, br', 'br'],
    ['br;q=0.1, gzip', 'gzip'],
    ['br;q=0, *', 'gzip'],
  ] as const)('for Accept-Encoding %s in %s', async (accept, encoding) => {
    const answer = await call(container(whole), accept)
    expect(answer.headers).toMatchObject({ 'content-encoding': encoding, vary: 'Accept-Encoding' })
    expect(answer.body.length).toBeLessThan(TEXT.length / 2)
    expect(decoders[encoding](answer.body).toString()).toBe(TEXT)
  })

  test.each(['', 'identity', 'gzip;q=0', 'x-unknown', 'gzippy', 'identity, gzip;q=0.5'])(
    'not for Accept-Encoding %j, and says that it might have been',
    async (accept) => {
      const answer = await call(container(whole), accept)
      expect(answer.headers).not.toHaveProperty('content-encoding')
      expect(answer.headers.vary).toBe('Accept-Encoding')
      expect(answer.body.toString()).toBe(TEXT)
    },
  )

  test.each<[string, RouteFunction, string]>([
    ['204', (_req, res) => res.writeHeader(204), 'GET'],
    ['304', (_req, res) => res.writeHeader(304), 'GET'],
    ['HEAD', whole, 'HEAD'],
    ['an empty body', (_req, res) => res.end(), 'GET'],
    ['no-transform', (_req, res) => res.setHeader('Cache-Control', 'public, no-transform').end(TEXT), 'GET'],
    ['a part', (_req, res) => res.setHeader('Content-Range', 'bytes 0-1/9').end('ab'), 'GET'],
  ])('never: %s', async (_case, fn, method) => {
    const answer = await call(container(fn), 'gzip', method)
    expect(answer.headers).not.toHaveProperty('content-encoding')
  })

  test('not when it is encoded already', async () => {
    const body = zlib.gzipSync(TEXT)
    const answer = await call(
      container((_req, res) => res.setHeader('Content-Encoding', 'gzip').end(body)),
      'br, gzip',
    )
    expect(answer.headers['content-encoding']).toBe('gzip')
    expect(answer.body).toEqual(body)
  })

  test('with a length that nobody knows yet, and a weak ETag', async () => {
    const answer = await call(
      container((_req, res) => {
        res.setHeader('Content-Length', String(TEXT.length)).setHeader('ETag', '"a"').setHeader('Vary', 'Origin')
        res.end(TEXT)
      }),
      'gzip',
    )
    expect(answer.headers).not.toHaveProperty('content-length')
    expect(answer.headers).toMatchObject({ etag: 'W/"a"', vary: 'Origin, Accept-Encoding' })
    expect(zlib.gunzipSync(answer.body).toString()).toBe(TEXT)
  })

  test('where the route says so, whatever the container says', async () => {
    const off = await call(
      container(whole, ON, (builder) => builder.contentEncodingEnabled(false)),
      'gzip',
    )
    expect(off.headers).not.toHaveProperty('content-encoding')
    const on = await call(
      container(whole, {}, (builder) => builder.contentEncodingEnabled(true)),
      'gzip',
    )
    expect(on.headers['content-encoding']).toBe('gzip')
    expect((await call(container(whole, {}), 'gzip')).headers).not.toHaveProperty('vary')
  })

  test('when the container is told so later, errors included', async () => {
    const late = container(whole, {}).contentEncodingEnabled(true)
    expect((await call(late, 'gzip')).headers['content-encoding']).toBe('gzip')
    const error = await call(new Container(ON), 'gzip')
    expect(error.status).toBe(404)
    expect(zlib.gunzipSync(error.body).toString()).toBe('404: Page Not Found')
  })

  test('once, also behind a compressing middleware', async () => {
    const app = express()
    app.use(compression({ threshold: 0 }))
    app.use(container(whole).middleware())
    const answer = await call(app, 'gzip')
    expect(zlib.gunzipSync(answer.body).toString()).toBe(TEXT)
  })

  test('in parts that are counted before compression, with room made when the client is slow', async () => {
    const part = Buffer.alloc(100_000, 'x')
    let length = 0
    const answer = await call(
      container(async (_req, res) => {
        for (let i = 0; i < 50; i++) if (!res.write(part)) await res.drained()
        length = res.contentLength()
      }),
      'gzip',
    )
    expect(length).toBe(5_000_000)
    expect(zlib.gunzipSync(answer.body)).toHaveLength(5_000_000)
  })
})

test.each(['gzip', 'br', 'identity'])('a flush of %s lets out what was written so far', async (encoding) => {
  let goOn: () => void = () => {}
  const mayGoOn = new Promise<void>((resolve) => {
    goOn = resolve
  })
  served = await Served.by(
    container(async (_req, res) => {
      res.flush()
      res.write('first')
      res.flush()
      await mayGoOn
      res.end(' second')
    }),
  )
  const answer = await new Promise<http.IncomingMessage>((resolve) =>
    http.get({ port: served!.port, headers: { 'Accept-Encoding': encoding }, agent: false }, resolve),
  )
  const decoders = new Map([
    ['gzip', (): Transform => zlib.createGunzip()],
    ['br', () => zlib.createBrotliDecompress()],
  ])
  const decoder = decoders.get(encoding)
  const body = decoder === undefined ? answer : answer.pipe(decoder())
  let text = ''
  for await (const chunk of body) {
    text += chunk
    if (text === 'first') goOn()
  }
  expect(text).toBe('first second')
})

describe('compressors', () => {
  class Counting extends NewCompressors {
    readonly events: string[] = []
    override acquireCompressor(encoding: 'gzip') {
      this.events.push(`acquire ${encoding}`)
      return super.acquireCompressor(encoding)
    }
    override releaseCompressor(encoding: 'gzip', compressor: never) {
      this.events.push(`release ${encoding}`)
      super.releaseCompressor(encoding, compressor)
    }
  }

  test('come from the provider and go back to it once', async () => {
    const compressorProvider = new Counting()
    await call(container(whole, { ...ON, compressorProvider }), 'gzip')
    expect(compressorProvider.events).toEqual(['acquire gzip', 'release gzip'])
  })

  test('go back when the client goes away', async () => {
    const compressorProvider = new Counting()
    const gone = new Promise<void>((resolve) => {
      const forever = container(
        async (_req, res) => {
          const raw = res.raw()
          res.write(TEXT)
          res.flush()
          await new Promise((closed) => raw.once('close', closed))
          await res.drained()
          expect(res.write('more')).toBe(false)
          resolve()
        },
        { ...ON, compressorProvider },
      )
      Served.by(forever).then((made) => {
        served = made
        const socket = net.connect(made.port, '127.0.0.1')
        socket.write('GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n')
        socket.once('data', () => socket.destroy())
      })
    })
    await gone
    expect(compressorProvider.events).toEqual(['acquire gzip', 'release gzip'])
  })

  test('may be bounded: answers beyond go out as they are, bodies beyond are refused', async () => {
    const compressorProvider = new BoundedCompressors(1, 0)
    const held = compressorProvider.acquireCompressor('gzip')!
    const bounded = container(whole, { ...ON, compressorProvider })
    expect((await call(bounded, 'gzip')).headers).not.toHaveProperty('content-encoding')
    compressorProvider.releaseCompressor('gzip', held)
    expect((await call(bounded, 'gzip')).headers['content-encoding']).toBe('gzip')
    expect((await call(bounded, 'gzip')).headers['content-encoding']).toBe('gzip')
    const reading = container(async (req, res) => res.end(await req.body()), { compressorProvider })
    served = await Served.by(reading)
    const refused = await served.call('POST', '/', { 'Content-Encoding': 'gzip', 'Content-Length': 1 }, 'x')
    expect(refused).toMatchObject({ status: 503 })
  })

  test('that fail break the answer off', async () => {
    class Failing extends NewCompressors {
      override acquireCompressor(encoding: 'gzip') {
        const compressor = super.acquireCompressor(encoding)!
        setImmediate(() => compressor.destroy(new Error('out of memory')))
        return compressor
      }
    }
    const failing = container(
      async (_req, res) => {
        res.write('a')
        await new Promise((later) => res.raw().once('close', later))
      },
      { ...ON, compressorProvider: new Failing() },
    )
    await expect(call(failing, 'gzip')).rejects.toThrow()
  })
})

test('what is thrown behind a complete compressed answer does not break it off', async () => {
  const late = container(async (_req, res) => {
    res.end(TEXT)
    throw new Error('late')
  })
  const answer = await call(late, 'gzip')
  expect(answer.status).toBe(200)
  expect(zlib.gunzipSync(answer.body).toString()).toBe(TEXT)
})

test('what is thrown before the end of a compressed answer breaks it off', async () => {
  const half = container(async (_req, res) => {
    res.write(TEXT)
    res.flush()
    await new Promise((later) => setImmediate(later))
    throw new Error('half')
  })
  await expect(call(half, 'gzip')).rejects.toThrow()
})
