import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect as connectHttp2,
  constants,
  createServer as createHttp2Server,
} from 'node:http2'
import { type AddressInfo, connect, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AdmissionPlugin, apiserver, lmdb } from 'express-apiserver'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { send } from '../support/server.js'
import { freshPath, V2, widget, widgets } from './harness.js'

const { NGHTTP2_CANCEL, NGHTTP2_NO_ERROR, NGHTTP2_PROTOCOL_ERROR } = constants
const WATCH = `${V2}/widgets?watch=1`

/** What happened to reviews that last until their client leaves. */
const reviews: string[] = []
const patient: AdmissionPlugin = {
  name: 'Patient',
  handles: ['CREATE'],
  async validate(ctx, { name }) {
    if (name !== 'slow') return
    reviews.push('began')
    if (!ctx.signal.aborted) await once(ctx.signal, 'abort')
    reviews.push('aborted')
  },
}

const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-gone-'))
const api = apiserver({
  resources: [widgets],
  storage: lmdb(join(folder, 'store'), { unsafeNoSync: true }),
  metrics: true,
  flowControl: {},
  admission: [patient],
})
const http1 = createServer(api.handler())
const http2 = createHttp2Server(api.handler())
const portOf = (server: Server) => (server.address() as AddressInfo).port

beforeAll(async () => {
  await api.ready()
  for (const server of [http1, http2]) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  await api.close()
  for (const server of [http1, http2]) server.close()
  http1.closeAllConnections()
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(() => {
  reviews.length = 0
})

/** What is being served, the question for it apart, and how many were not to their end. */
async function underWay(): Promise<Record<string, number>> {
  const { text } = await send(`http://127.0.0.1:${portOf(http1)}/metrics`)
  const sum = (family: string) =>
    [...text.matchAll(new RegExp(`^${family}{.*} (\\d+)$`, 'gm'))].reduce((all, [, count]) => all + Number(count), 0)
  return {
    aborts: sum('apiserver_request_aborts_total'),
    watches: sum('apiserver_longrunning_requests'),
    watchers: sum('apiserver_registered_watchers'),
    others: sum('apiserver_current_inflight_requests') - 1,
    seats: sum('apiserver_flowcontrol_current_executing_seats') - 1,
  }
}
const NOTHING = { watches: 0, watchers: 0, others: 0, seats: 0 }
const becomes = (expected: object) => expect.poll(underWay, { interval: 20 }).toMatchObject(expected)

interface Client {
  readonly session: ClientHttp2Session
  readonly socket: Socket
  ask(path: string, headers?: Record<string, string>, more?: boolean): ClientHttp2Stream
}

async function client(): Promise<Client> {
  const socket = connect(portOf(http2), '127.0.0.1')
  const session = connectHttp2('http://localhost', { createConnection: () => socket }).on('error', () => {})
  await once(session, 'connect')
  const ask: Client['ask'] = (path, headers = {}, more = false) =>
    session.request({ ':path': path, ...headers }, { endStream: !more }).on('error', () => {})
  return { session, socket, ask }
}

const ways: Record<string, (client: Client, stream: ClientHttp2Stream) => void> = {
  'resets its stream': (_, stream) => stream.close(NGHTTP2_CANCEL),
  'resets its stream without an error': (_, stream) => stream.close(NGHTTP2_NO_ERROR),
  'resets its stream with an error': (_, stream) => stream.close(NGHTTP2_PROTOCOL_ERROR),
  'destroys its session': ({ session }) => session.destroy(),
  'says that it goes away for an error': ({ session }) => session.goaway(NGHTTP2_PROTOCOL_ERROR),
  'drops the connection': ({ socket }) => socket.destroy(),
}

describe('over HTTP/2 a watch is over when its client', () => {
  test.each(Object.entries(ways))('%s', async (_, leave) => {
    const from = await client()
    const { session, ask } = from
    const stream = ask(WATCH)
    await once(stream, 'response')
    await becomes({ watches: 1, watchers: 1, others: 0 })
    leave(from, stream)
    await becomes(NOTHING)
    session.destroy()
  })

  test('resets its stream before there is an answer, after it, and in between', async () => {
    const { session, ask } = await client()
    for (let i = 0; i < 60; i++) {
      const stream = ask(WATCH)
      if (i % 3 === 0) await once(stream, 'response')
      if (i % 3 === 1) await new Promise(setImmediate)
      stream.close(NGHTTP2_CANCEL)
    }
    await becomes(NOTHING)
    session.destroy()
  })
})

describe('over HTTP/2 a request is over when its client', () => {
  test.each(Object.entries(ways))('%s while it is served', async (_, leave) => {
    const from = await client()
    const { session, ask } = from
    const stream = ask(freshPath(), { ':method': 'POST', 'content-type': 'application/json' }, true)
    stream.end(JSON.stringify(widget('slow')))
    await expect.poll(() => reviews).toEqual(['began'])
    const { aborts = 0 } = await underWay()
    leave(from, stream)
    await expect.poll(() => reviews).toEqual(['began', 'aborted'])
    await becomes({ ...NOTHING, aborts: aborts + 1 })
    session.destroy()
  })

  test.each(Object.entries(ways))('%s while its body comes', async (_, leave) => {
    const path = freshPath()
    const from = await client()
    const { session, ask } = from
    // A length, for Node's client ends the body that it takes back.
    const fields = { 'content-type': 'application/yaml', 'content-length': '1000' }
    const stream = ask(path, { ':method': 'POST', ...fields }, true)
    stream.write('metadata: {name: cut}\nspec: {}\n')
    await becomes({ ...NOTHING, others: 1, seats: 1 })
    leave(from, stream)
    await becomes(NOTHING)
    expect((await send(`http://127.0.0.1:${portOf(http1)}${path}/cut`)).status).toBe(404)
    session.destroy()
  })

  test.each(['identity', 'gzip'])('leaves in the middle of a list that it did not read, %s', async (coding) => {
    const path = freshPath()
    const color = Array.from({ length: 6_000 }, () => Math.random().toString(36)).join('')
    for (let i = 0; i < 30; i++)
      await send(`http://127.0.0.1:${portOf(http1)}${path}`, { body: widget(`w${i}`, { color: `${color}${i}` }) })
    const { session, ask } = await client()
    const stream = ask(`${path}?pretty=true`, { 'accept-encoding': coding })
    await once(stream, 'response')
    await becomes({ ...NOTHING, others: 1, seats: 1 })
    stream.close(NGHTTP2_CANCEL)
    await becomes(NOTHING)
    session.destroy()
  })
})

describe('over HTTP/1.1 a watch is over when its client leaves', () => {
  test.each([1, 3])('with %i requests on the connection at once', async (requests) => {
    const socket = connect(portOf(http1), '127.0.0.1').on('error', () => {})
    socket.write(`GET ${WATCH} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(requests))
    await becomes({ watches: requests, watchers: requests, others: 0 })
    socket.destroy()
    await becomes(NOTHING)
  })
})
