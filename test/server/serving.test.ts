import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { Agent, request as httpsRequest } from 'node:https'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls, type PeerCertificate } from 'node:tls'
import express from 'express'
import {
  type ApiServer,
  type ApiServerOptions,
  apiserver,
  lmdb,
  type RunningServer,
  runServer,
} from 'express-apiserver'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { LogFields } from '../../lib/server/logger.js'
import type { ServerOptions } from '../../lib/server/serving/index.js'
import { SlowBodies } from '../../lib/server/serving/slow-bodies.js'
import { type KeyPair, testCertificates } from '../authentication/certificates.js'
import { listenOn, openWatch, send } from '../support/server.js'
import { freshPath, V2, widget, widgets } from './harness.js'

const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-serving-'))
const certificates = testCertificates()
let authority: KeyPair
let pairs: KeyPair[]
const at = (name: string) => join(folder, name)
const tls = { certFile: at('tls.crt'), keyFile: at('tls.key'), clientCAFile: at('ca.crt'), reloadIntervalMs: 20 }

beforeAll(() => {
  authority = certificates.authority('test')
  pairs = [certificates.issue(authority, '/CN=one', 'server'), certificates.issue(authority, '/CN=two', 'server')]
  writeFileSync(tls.clientCAFile, authority.cert)
  install(0)
})
afterAll(() => {
  certificates.remove()
  rmSync(folder, { recursive: true, force: true })
})

function install(which: number): void {
  writeFileSync(tls.keyFile, pairs[which]!.key)
  writeFileSync(tls.certFile, pairs[which]!.cert)
}

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

let stores = 0
const lines: [fields: LogFields, message: string][] = []
const told = (fields: LogFields, message: string) => void lines.push([fields, message])
const logger = { info: told, warn: told, error: told }

async function running(
  options: Partial<ServerOptions> = {},
  apiOptions: Partial<ApiServerOptions> = {},
): Promise<RunningServer & { readonly api: ApiServer }> {
  const storage = lmdb(at(`store-${++stores}`), { unsafeNoSync: true })
  const api = apiserver({ resources: [widgets], storage, health: true, logger, ...apiOptions })
  const server = await runServer({ api, port: 0, host: '127.0.0.1', signals: false, logger, ...options })
  cleanups.push(() => server.shutdown())
  return Object.assign(server, { api })
}

const portOf = ({ url }: RunningServer) => Number(new URL(url).port)

/** A connection that has said `text` so far. */
async function opened(
  server: RunningServer,
  text = '',
): Promise<{ socket: Socket; heard: () => string; closed: Promise<void> }> {
  const socket = connect(portOf(server), '127.0.0.1')
  let heard = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    heard += chunk
  })
  socket.on('error', () => {})
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  cleanups.push(() => void socket.destroy())
  await new Promise((resolve) => socket.once('connect', resolve))
  if (text !== '') socket.write(text)
  return { socket, heard: () => heard, closed }
}

function peerOf(server: RunningServer): Promise<PeerCertificate> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ port: portOf(server), host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate())
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

describe('a server with TLS', () => {
  test.each<[string, Partial<ServerOptions>, string]>([
    ['an API alone', {}, 'h2'],
    ['an API before an app', { app: (_, res) => void res.end('the app') }, 'http/1.1'],
    ['an app', { listener: (_: unknown, res: { end(text: string): void }) => res.end('the app') }, 'http/1.1'],
    ['an API before an app, when it is told to', { app: () => {}, http2: true }, 'h2'],
  ])('offers clients that speak both, for %s, what all of it can be reached by', async (_, options, chosen) => {
    const server = await running({ tls, ...options })
    const protocol = await new Promise((resolve, reject) => {
      const to = { port: portOf(server), host: '127.0.0.1', rejectUnauthorized: false }
      const socket = connectTls({ ...to, ALPNProtocols: ['h2', 'http/1.1'] }, () => {
        resolve(socket.alpnProtocol)
        socket.destroy()
      })
      socket.on('error', reject)
    })
    expect(protocol).toBe(chosen)
  })

  test('speaks HTTP/2 and HTTP/1.1 if it shall, and hands the rest of HTTP/1.1 to the app', async () => {
    const server = await running({ tls, http2: true, app: (_, res) => void res.end('the app') })
    expect(server.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
    expect((await send(`${server.url}${V2}/widgets`)).status).toBe(200)
    expect((await send(`${server.url}/elsewhere`)).text).toBe('the app')
    const client = connectHttp2(server.url, { ca: authority.cert })
    const status = (path: string) =>
      new Promise((resolve, reject) => {
        const stream = client.request({ ':path': path }).on('error', reject)
        stream.on('response', (headers) => resolve(headers[':status']))
        stream.resume()
      })
    expect([await status(`${V2}/widgets`), await status('/elsewhere')]).toEqual([200, 421])
    client.destroy()
  })

  test('asks for client certificates, and knows who shows one', async () => {
    const authentication = { clientCertificates: { ca: authority.cert }, anonymous: true }
    const server = await running({ tls }, { authentication })
    const whoami = (pair?: KeyPair) =>
      new Promise<string>((resolve, reject) => {
        const agent = new Agent({ ca: authority.cert, ...(pair && { cert: pair.cert, key: pair.key }) })
        const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
        const request = httpsRequest(server.url + path, {
          agent,
          method: 'POST',
          headers: { 'content-type': 'application/json' },
        })
        request.on('error', reject).on('response', async (response) => {
          let text = ''
          for await (const chunk of response) text += chunk
          agent.destroy()
          const review = JSON.parse(text) as { message?: string; status: { userInfo?: { username: string } } }
          resolve(review.status.userInfo?.username ?? String(review.message))
        })
        request.end('{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}')
      })
    expect(await whoami(certificates.issue(authority, '/CN=ann/O=staff'))).toBe('ann')
    expect(await whoami()).toBe('system:anonymous')
    expect(await whoami(certificates.issue(certificates.authority('another'), '/CN=ann'))).toBe('Unauthorized')
  })

  test('serves with new certificates once the files have changed, and with the old ones while they do not fit', async () => {
    install(0)
    const server = await running({ tls })
    const open = await new Promise<ReturnType<typeof connectTls>>((resolve) => {
      const socket = connectTls({ port: portOf(server), host: '127.0.0.1', rejectUnauthorized: false }, () =>
        resolve(socket),
      )
    })
    expect((await peerOf(server)).subject.CN).toBe('one')
    writeFileSync(tls.certFile, pairs[1]!.cert)
    await expect.poll(() => lines.some(([, text]) => text.includes('new certificates cannot be used'))).toBe(true)
    expect((await peerOf(server)).subject.CN).toBe('one')
    install(1)
    await expect.poll(async () => (await peerOf(server)).subject.CN).toBe('two')
    expect(open.destroyed).toBe(false)
    open.destroy()
    install(0)
  })

  test('does not begin with a key that is not the certificate’s', async () => {
    const mixed = { certFile: at('mixed.crt'), keyFile: at('mixed.key') }
    copyFileSync(tls.certFile, mixed.certFile)
    writeFileSync(mixed.keyFile, pairs[1]!.key)
    await expect(running({ tls: mixed })).rejects.toThrow(/^tls\.keyFile: .* is not that of the first certificate/)
  })
})

describe('a port that is taken', () => {
  test('is an error, and leaves no store open', async () => {
    const taken = await listenOn((_, res) => void res.end())
    const storage = lmdb(at('taken'), { unsafeNoSync: true })
    const api = apiserver({ resources: [widgets], storage, logger })
    const port = Number(new URL(taken.url).port)
    await expect(runServer({ api, port, host: '127.0.0.1', signals: false })).rejects.toThrow('EADDRINUSE')
    const second = apiserver({ resources: [widgets], storage: lmdb(at('taken'), { unsafeNoSync: true }), logger })
    await second.ready()
    await second.close()
    await taken.close()
  })
})

describe('a client that', () => {
  test('sends a head that is too large is told so', async () => {
    const server = await running({ maxHeaderBytes: 4096 })
    const url = server.url + freshPath()
    expect((await send(url, { headers: { 'x-big': 'x'.repeat(5000) } })).status).toBe(431)
    expect((await send(url, { headers: { 'x-big': 'x'.repeat(3000) } })).status).toBe(200)
  })

  test.each(['http', 'https'])('sends many fields over %s is heard to the last of them', async (scheme) => {
    const told: (string | string[] | undefined)[] = []
    const authenticate = ({ headers }: { headers: NodeJS.Dict<string | string[]> }) => {
      told.push(headers['x-last'])
      return { name: 'somebody', groups: [] }
    }
    const server = await running(scheme === 'https' ? { tls } : {}, { authenticate })
    const socket =
      scheme === 'https'
        ? connectTls(portOf(server), '127.0.0.1', { rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })
        : connect(portOf(server), '127.0.0.1')
    const answer = new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())))
    socket.write(`GET ${V2}/widgets HTTP/1.1\r\nHost: a\r\n${'a:\r\n'.repeat(5_000)}X-Last: here\r\n\r\n`)
    expect(await answer).toMatch(/^HTTP\/1.1 200 /)
    expect(told).toEqual(['here'])
    socket.destroy()
  })

  test('sends a head over HTTP/2 that is too large is told so too', async () => {
    const server = await running({ tls, maxHeaderBytes: 4096 })
    const client = connectHttp2(server.url, { ca: authority.cert })
    cleanups.push(() => client.destroy())
    const status = (big: string) =>
      new Promise((resolve, reject) => {
        const stream = client.request({ ':path': `${V2}/widgets`, 'x-big': big }).on('error', reject)
        stream.on('response', (headers) => resolve(headers[':status']))
        stream.resume()
      })
    expect([await status('x'.repeat(5000)), await status('x'.repeat(3000))]).toEqual([431, 200])
  })

  test('sends its head byte by byte is cut off, and others are served meanwhile', async () => {
    const server = await running({ headersTimeoutMs: 1_000 })
    const slow = await Promise.all(
      Array.from({ length: 20 }, () => opened(server, `GET ${V2}/widgets HTTP/1.1\r\nHost: a\r\n`)),
    )
    const silent = await opened(server)
    const drip = setInterval(() => {
      for (const { socket } of slow) socket.write('x')
    }, 50)
    cleanups.push(() => clearInterval(drip))
    expect((await send(`${server.url}${V2}/widgets`)).status).toBe(200)
    await Promise.all([...slow, silent].map(({ closed }) => closed))
    expect(slow[0]?.heard()).toMatch(/^HTTP\/1\.1 408 /)
    expect((await send(`${server.url}${V2}/widgets`)).status).toBe(200)
  })

  test('sends its body byte by byte is cut off with 408; one that waits for a slow server is not', async () => {
    const slow = new SlowBodies(1000, 50, 100)
    const answers: string[] = []
    const server = createServer((request, response) => {
      slow.request(request, response)
      if (request.url === '/read') request.resume().on('end', () => response.end('all of it'))
      else setTimeout(() => request.resume().on('end', () => response.end('all of it')), 500)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    cleanups.push(() => void server.close())
    const { port } = server.address() as { port: number }
    const head = (path: string, length: number) =>
      `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`
    const ask = (path: string, body: string, length: number) =>
      new Promise<string>((resolve) => {
        const socket = connect(port, '127.0.0.1')
        let text = ''
        socket.on('data', (chunk) => {
          text += chunk
          if (text.includes('all of it')) socket.destroy()
        })
        socket.on('error', () => {})
        socket.on('close', () => resolve(text))
        socket.write(head(path, length) + body)
      })
    answers.push(await ask('/read', 'x', 1_000_000), await ask('/wait', 'x'.repeat(300_000), 300_000))
    expect(answers[0]).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/)
    expect(answers[1]).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  })

  test('holds connections open and says nothing gives way to those who ask', async () => {
    const server = await running({ maxConnections: 5 })
    const watch = await openWatch(`${server.url}${freshPath()}?watch=true`)
    const kept = await opened(server, `GET ${V2}/widgets HTTP/1.1\r\nHost: a\r\n\r\n`)
    await expect.poll(kept.heard).toMatch(/^HTTP\/1\.1 200 /)
    const silent = await Promise.all(Array.from({ length: 20 }, () => opened(server)))
    for (let i = 0; i < 10; i++) expect((await send(`${server.url}${V2}/widgets`)).status).toBe(200)
    await Promise.all(silent.slice(0, 10).map(({ closed }) => closed))
    await send(`${server.url}/livez`)
    expect(kept.socket.destroyed).toBe(false)
    watch.cancel()
    await watch.ended
  })

  test('finds all connections busy is refused', async () => {
    const server = await running({ maxConnections: 2 })
    const path = freshPath()
    const watches = [
      await openWatch(`${server.url}${path}?watch=true`),
      await openWatch(`${server.url}${path}?watch=true`),
    ]
    await expect(send(`${server.url}/livez`)).rejects.toThrow()
    watches[0]?.cancel()
    await expect.poll(() => send(`${server.url}/livez`).then(({ status }) => status, String)).toBe(200)
  })

  test('is silent on an HTTP/2 connection hears that it ends; one with a watch does not', async () => {
    const server = await running({ tls, keepAliveTimeoutMs: 1_000 })
    const [idle, watching] = [0, 1].map(() => connectHttp2(server.url, { ca: authority.cert }))
    const stream = watching!.request({ ':path': `${freshPath()}?watch=true` })
    stream.on('error', () => {})
    await new Promise((resolve) => stream.once('response', resolve))
    await new Promise((resolve) => idle!.once('close', resolve))
    expect(watching!.closed).toBe(false)
    watching!.destroy()
  })
})

describe('websockets', () => {
  test('are watches of the API, and counted as connections in use', async () => {
    const server = await running({ maxConnections: 2 })
    const ws = new WebSocket(`${server.url.replace('http', 'ws')}${freshPath()}?watch=true`)
    await new Promise((resolve, reject) => ws.once('open', resolve).once('error', reject))
    for (let i = 0; i < 5; i++) expect((await send(`${server.url}/livez`)).status).toBe(200)
    expect(ws.readyState).toBe(ws.OPEN)
    const headers = { connection: 'Upgrade', upgrade: 'websocket' }
    expect((await send(`${server.url}/elsewhere`, { headers })).status).toBe(404)
    ws.terminate()
  })
})

describe('shutting down', () => {
  test('says that it is not ready and serves on, then takes nothing new and answers what has begun', async () => {
    let release = () => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    const app = async (_: unknown, res: { end(text: string): void }) => {
      await released
      res.end('the app')
    }
    // What is asked meanwhile must be answered before it is over.
    const server = await running({ app: app as never, shutdown: { delayMs: 3_000, patienceMs: 60_000 } })
    const path = freshPath()
    const watch = await openWatch(`${server.url}${path}?watch=true`)
    const slow = send(`${server.url}/slow`)
    const ended = server.shutdown()
    expect((await send(`${server.url}/readyz`)).status).toBe(500)
    expect((await send(`${server.url}/livez`)).status).toBe(200)
    expect((await send(`${server.url}${path}`, { body: widget('late') })).status).toBe(201)
    await watch.until((events) => events.length === 1)
    await watch.ended
    await expect(send(`${server.url}/livez`)).rejects.toThrow()
    release()
    expect((await slow).text).toBe('the app')
    await ended
    expect(server.server.listening).toBe(false)
  })

  test('answers the first request of a connection that had only just come', async () => {
    const server = await running({ app: (_, res) => void res.end('the app') })
    const came = new Promise((resolve) => server.server.once('connection', resolve))
    const { socket, heard, closed } = await opened(server)
    await came
    const ended = server.shutdown()
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await Promise.all([ended, closed])
    expect(heard()).toMatch(/^HTTP\/1.1 200 OK\r\n(.+\r\n)*Connection: close\r\n[\s\S]*the app/)
  })

  test('keeps the store until the last answer of the app is out', async () => {
    const path = freshPath()
    let come = () => {}
    const begun = new Promise<void>((resolve) => {
      come = resolve
    })
    const server = await running({
      app: (async (_: unknown, res: { end(text: string): void }) => {
        come()
        await new Promise((resolve) => setTimeout(resolve, 100))
        const { api } = server
        const names: string[] = []
        const informer = api.informer('widgets.example.com')
        await informer.synced()
        for (const { metadata } of informer.list()) names.push(metadata.name ?? '')
        res.end(names.join())
      }) as never,
    })
    await send(`${server.url}${path}`, { body: widget('kept') })
    const slow = send(`${server.url}/slow`)
    await begun
    const ended = server.shutdown()
    expect((await slow).text).toBe('kept')
    await ended
  })

  test('ends watches one by one, not all at once', async () => {
    const server = await running({ shutdown: { watchTerminationMs: 600 } })
    const path = freshPath()
    const watches = await Promise.all(Array.from({ length: 30 }, () => openWatch(`${server.url}${path}?watch=true`)))
    let open = watches.length
    const ends = watches.map(({ ended }) => ended.then(() => --open))
    const over = server.shutdown()
    await Promise.race(ends)
    expect(open).toBeGreaterThan(watches.length / 2)
    await over
    await Promise.all(ends)
  })

  test('tells HTTP/2 clients to go, and finishes what they have begun', async () => {
    const server = await running({ tls })
    const client = connectHttp2(server.url, { ca: authority.cert })
    const stream = client.request({ ':path': `${freshPath()}?watch=true` })
    stream.on('error', () => {})
    await new Promise((resolve) => stream.once('response', resolve))
    const goaway = new Promise((resolve) => client.once('goaway', resolve))
    const over = new Promise<number>((resolve) => stream.resume().once('close', () => resolve(stream.rstCode)))
    await server.shutdown()
    expect([await goaway, await over]).toEqual([0, 0])
  })

  test('asked for a second time waits for nobody any more', async () => {
    const server = await running({ app: () => {}, shutdown: { patienceMs: 60_000, delayMs: 60_000 } })
    const stuck = send(`${server.url}/stuck`)
    const refused = expect(stuck).rejects.toThrow()
    await opened(server)
    const first = server.shutdown()
    expect(server.shutdown()).toBe(first)
    await first
    await refused
  })

  test('flushes the audit log before it is over', async () => {
    const log = { path: at('audit.log'), mode: 'batch', batch: { maxBatchWaitMs: 60_000 } } as const
    const server = await running({}, { audit: { policy: { rules: [{ level: 'Metadata' }] }, log } })
    const answer = await send(`${server.url}${freshPath()}`)
    await server.shutdown()
    const { readFileSync } = await import('node:fs')
    expect(readFileSync(log.path, 'utf8')).toContain(String(answer.headers['audit-id']))
  })
})

describe('an app without an API', () => {
  const app = express().get('/slow', async (_req, res) => {
    res.write('be')
    await new Promise((resolve) => setTimeout(resolve, 100))
    res.end('gun')
  })

  test('is served under the same limits, and what is under way is answered in the end', async () => {
    const server = await runServer({ listener: app, port: 0, host: '127.0.0.1', signals: false, maxHeaderBytes: 4_096 })
    cleanups.push(() => server.shutdown())
    expect((await send(`${server.url}/slow`, { headers: { 'x-large': 'x'.repeat(5_000) } })).status).toBe(431)
    const answer = send(`${server.url}/slow`)
    await new Promise<void>((resolve) => server.server.once('request', () => resolve()))
    await server.shutdown()
    expect((await answer).text).toBe('begun')
    await expect(send(`${server.url}/slow`)).rejects.toThrow('ECONNREFUSED')
  })

  test('must be given: a server with nothing to answer is a mistake', async () => {
    await expect(runServer({ port: 0 })).rejects.toThrow(
      new TypeError('runServer needs an api, or a listener that answers'),
    )
  })

  test('is not begun with an option that there is not', async () => {
    await expect(runServer({ listener: app, tsl: {} } as ServerOptions)).rejects.toThrow(
      new TypeError('runServer has no option tsl: did you mean tls?'),
    )
  })
})
