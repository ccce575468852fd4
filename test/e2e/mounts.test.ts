import { readFileSync } from 'node:fs'
import { request as plainRequest, type RequestListener } from 'node:http'
import { type ClientHttp2Session, createSecureServer, connect as http2Connect } from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { createGunzip } from 'node:zlib'
import compression from 'compression'
import express, { type Express, type RequestHandler } from 'express'
import type { ApiServer } from 'express-apiserver'
import helmet from 'helmet'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ListeningServer, listenOn, openWatch, send } from '../support/server.js'
import { flundersOf, startSample } from './sample.js'

let sample: Awaited<ReturnType<typeof startSample>>
let api: ApiServer
const open: { close(): Promise<void> }[] = []

beforeAll(async () => {
  sample = await startSample()
  api = sample.api
})

afterAll(async () => {
  await sample?.remove()
  await Promise.all(open.map((server) => server.close()))
})

async function listening(listener: RequestListener): Promise<ListeningServer> {
  const server = await listenOn(listener)
  open.push(server)
  return server
}

function hostApp(...before: RequestHandler[]): Express {
  const app = express()
  for (const middleware of before) app.use(middleware)
  return app
}

function ownRoutes(app: Express): Express {
  app.get('/', (_req, res) => {
    res.send('mine')
  })
  app.post('/echo', (req, res) => {
    res.json(req.body)
  })
  return app
}

let counter = 0
/** Creates, reads, watches and deletes an object below `base`. */
async function roundTrip(base: string): Promise<void> {
  const namespace = `mount-${counter++}`
  const url = `${base}${flundersOf(namespace)}`
  const made = await send(url, { body: { metadata: { name: 'a' }, spec: { reference: 'b' } } })
  expect(made.status, made.text).toBe(201)
  expect((await send(`${url}/a`)).json()).toEqual(made.json())
  const version = made.json<{ metadata: { resourceVersion: string } }>().metadata.resourceVersion
  if (base.startsWith('http:')) {
    const watch = await openWatch(`${url}?watch=true&resourceVersion=${version}`)
    expect((await send(`${url}/a`, { method: 'DELETE' })).status).toBe(200)
    expect(await watch.until((events) => events.length > 0)).toMatchObject([{ type: 'DELETED' }])
    watch.cancel()
  } else expect((await send(`${url}/a`, { method: 'DELETE' })).status).toBe(200)
  expect((await send(`${url}/a`)).status).toBe(404)
}

describe('as middleware', () => {
  test('app.use(api) serves the API, and the rest goes on to the app', async () => {
    const { url } = await listening(ownRoutes(hostApp(api)))
    await roundTrip(url)
    expect((await send(`${url}/`)).text).toBe('mine')
    expect((await send(`${url}/nothing`)).text).toContain('Cannot GET /nothing')
  })

  test('Express order decides: a route before the API wins', async () => {
    const app = express()
    app.get('/version', (_req, res) => {
      res.send('of the app')
    })
    app.use(api)
    const { url } = await listening(app)
    expect((await send(`${url}/version`)).text).toBe('of the app')
    expect((await send(`${url}/apis`)).json()).toMatchObject({ kind: 'APIGroupList' })
  })

  test("app.use('/prefix', api) serves it below the prefix and nowhere else", async () => {
    const app = express()
    app.use('/some/prefix', api)
    const { url } = await listening(ownRoutes(app))
    await roundTrip(`${url}/some/prefix`)
    expect((await send(`${url}/apis`)).status).toBe(404)
    expect((await send(`${url}/`)).text).toBe('mine')
  })

  test('behind express.json() the body that is read already is taken', async () => {
    const { url } = await listening(ownRoutes(hostApp(express.json(), api)))
    await roundTrip(url)
    expect((await send(`${url}/echo`, { body: { a: 1 } })).json()).toEqual({ a: 1 })
  })

  test('behind helmet() its header fields are on the answers', async () => {
    const { url } = await listening(ownRoutes(hostApp(helmet(), api)))
    await roundTrip(url)
    expect((await send(`${url}/apis`)).headers['content-security-policy']).toContain("default-src 'self'")
  })

  test('behind compression() answers are compressed once and watches deliver every event at once', async () => {
    const { url } = await listening(ownRoutes(hostApp(compression({ threshold: 0 }), api)))
    await roundTrip(url)
    const collection = `${url}${flundersOf('compressed')}`
    const events = watchCompressed(`${collection}?watch=true`)
    for (const name of ['a', 'b', 'c']) {
      await send(collection, { body: { metadata: { name } } })
      expect((await events.next()).value).toMatchObject({ type: 'ADDED', object: { metadata: { name } } })
    }
    await events.return(undefined)
  })
})

interface Event {
  readonly type: string
  readonly object: { readonly metadata: { readonly name: string } }
}

/** The events of a watch that asks for gzip, each as soon as it can be read. */
async function* watchCompressed(url: string): AsyncGenerator<Event, void> {
  const sent = plainRequest(url, { headers: { 'accept-encoding': 'gzip' }, agent: false })
  try {
    const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
      sent.once('response', resolve).once('error', reject).end()
    })
    const stream = response.headers['content-encoding'] === 'gzip' ? response.pipe(createGunzip()) : response
    let rest = ''
    for await (const chunk of stream) {
      const lines = (rest + String(chunk)).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) yield JSON.parse(line) as Event
    }
  } finally {
    sent.on('error', () => undefined).destroy()
  }
}

const tls = {
  cert: readFileSync(new URL('./tls/cert.pem', import.meta.url)),
  key: readFileSync(new URL('./tls/key.pem', import.meta.url)),
}

async function listenTls(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push({ close: async () => void server.close() })
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`
}

interface Answer2 {
  readonly status: number
  readonly text: string
}

function send2(session: ClientHttp2Session, path: string, method = 'GET', body?: readonly Buffer[]): Promise<Answer2> {
  return new Promise((resolve, reject) => {
    const stream = session.request(
      { ':path': path, ':method': method, 'content-type': 'application/json' },
      { endStream: !body },
    )
    let status = 0
    let text = ''
    stream.on('response', (headers) => {
      status = Number(headers[':status'])
    })
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    // A server that answers before it has read a body resets the stream after its answer.
    stream.on('error', (error) => (status ? undefined : reject(error)))
    stream.on('close', () => resolve({ status, text }))
    for (const chunk of body ?? []) stream.write(chunk)
    if (body) stream.end()
  })
}

describe('in front of the app', () => {
  test('over http the API is served and the rest goes to the app', async () => {
    const { url } = await listening(api.handler(ownRoutes(express())))
    await roundTrip(url)
    expect((await send(`${url}/`)).text).toBe('mine')
  })

  test('over https too', async () => {
    const url = await listenTls(createHttpsServer(tls, api.handler(ownRoutes(express()))))
    await roundTrip(url)
    expect((await send(`${url}/`)).text).toBe('mine')
  })

  describe('over http2 with allowHTTP1', () => {
    let url: string
    let session: ClientHttp2Session

    beforeAll(async () => {
      const handler = api.handler(ownRoutes(express())) as unknown as Parameters<typeof createSecureServer>[1]
      url = await listenTls(createSecureServer({ ...tls, allowHTTP1: true }, handler))
      session = http2Connect(url, { rejectUnauthorized: false })
    })

    afterAll(() => session?.destroy())

    test('HTTP/1.1 clients get API and app', async () => {
      await roundTrip(url)
      expect((await send(`${url}/`)).text).toBe('mine')
    })

    test('HTTP/2 clients get the API, and 421 for what only Express could answer', async () => {
      const path = flundersOf('over-http2')
      const made = await send2(session, path, 'POST', [Buffer.from('{"metadata":{"name":"a"}}')])
      expect(made.status, made.text).toBe(201)
      expect((await send2(session, `${path}/a`)).text).toBe(made.text)
      expect((await send2(session, '/')).status).toBe(421)
    })

    test('a body without a length is read, and bounded', async () => {
      const chunk = Buffer.alloc(64 * 1024, 0x20)
      const tooMuch = Array.from({ length: 49 }, () => chunk)
      const answer = await send2(session, flundersOf('over-http2'), 'POST', tooMuch)
      expect(answer.status).toBe(413)
      expect(JSON.parse(answer.text)).toMatchObject({ kind: 'Status', reason: 'RequestEntityTooLarge' })
      const enough = [...tooMuch.slice(2), Buffer.from('{"metadata":{"name":"padded"}}')]
      expect((await send2(session, flundersOf('over-http2'), 'POST', enough)).status).toBe(201)
    })
  })
})
