import { createServer, get } from 'node:http'
import { connect } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { backgroundContext } from '../../lib/meta/context.js'
import { type Event, FLUNDERS, GADGETS, gadget, type Served, serveApi } from '../endpoints/watch/served.js'
import { send } from '../support/server.js'

let served: Served
const sockets: WebSocket[] = []

const withUpgrade = (
  options: Parameters<typeof serveApi>[1] = {},
  listen = (api: Served['api']) => createServer(api.handler()),
) =>
  serveApi((api) => {
    const server = listen(api)
    server.on('upgrade', api.upgrade)
    return server
  }, options)

interface Opened {
  readonly ws: WebSocket
  readonly frames: string[]
  readonly events: () => Event[]
  readonly closed: Promise<{ code: number; reason: string }>
}

function open(
  path: string,
  protocols: string[] = [],
  options: Record<string, unknown> = {},
  base = served.url,
): Opened {
  const ws = new WebSocket(base.replace('http', 'ws') + path, protocols, options)
  sockets.push(ws)
  const frames: string[] = []
  ws.on('message', (data: Buffer, binary: boolean) => frames.push(binary ? 'binary' : data.toString()))
  const closed = new Promise<{ code: number; reason: string }>((resolve, reject) => {
    ws.once('close', (code: number, reason: Buffer) => resolve({ code, reason: reason.toString() }))
    ws.once('error', reject)
  })
  closed.catch(() => {})
  return { ws, frames, closed, events: () => frames.map((frame) => JSON.parse(frame) as Event) }
}

const opened = ({ ws }: Opened) =>
  new Promise<void>((resolve, reject) => {
    ws.once('open', () => resolve())
    ws.once('error', reject)
  })

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((tick) => setTimeout(tick, 5))
}

/** The HTTP answer that a websocket got instead of its upgrade. */
function refusal(path: string, protocols: string[] = [], options: Record<string, unknown> = {}, base = served.url) {
  return new Promise<{ status: number; type: string; text: string }>((resolve, reject) => {
    const ws = new WebSocket(base.replace('http', 'ws') + path, protocols, options)
    ws.once('open', () => reject(new Error('the websocket opened')))
    ws.on('error', () => {})
    ws.once('unexpected-response', (_request, response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => (text += chunk.toString()))
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers['content-type'] ?? '',
          text,
        }),
      )
    })
  })
}

/** Everything that a raw request is answered with, until the server ends the connection. */
function raw(text: string): Promise<string> {
  const { hostname, port } = new URL(served.url)
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(Number(port), hostname, () => socket.write(text))
    socket.on('data', (chunk) => (answer += chunk.toString()))
    socket.once('error', reject)
    socket.once('close', () => resolve(answer))
  })
}

beforeAll(async () => {
  served = await withUpgrade()
})
afterEach(() => {
  for (const ws of sockets.splice(0)) ws.terminate()
})
afterAll(() => served.close())

describe('a watch by websocket', () => {
  it('sends every event as one text frame with a line of JSON', async () => {
    await served.create(GADGETS, gadget('frame-a'))
    const watch = open(`${GADGETS}?watch=true&fieldSelector=metadata.name%3Dframe-a`)
    await until(() => watch.frames.length === 1)
    await send(`${served.url}${GADGETS}/frame-a`, { method: 'DELETE' })
    await until(() => watch.frames.length === 2)
    expect(watch.events().map(({ type, object }) => [type, object.metadata.name])).toEqual([
      ['ADDED', 'frame-a'],
      ['DELETED', 'frame-a'],
    ])
    expect(watch.frames.every((frame) => frame.endsWith('}\n'))).toBe(true)
  })

  it('works on the deprecated watch paths', async () => {
    await served.create(GADGETS, gadget('old-path'))
    const watch = open('/apis/watched.example.com/v1/watch/namespaces/default/gadgets/old-path')
    await until(() => watch.frames.length === 1)
    expect(watch.events()[0]?.object.metadata.name).toBe('old-path')
  })

  it('closes normally when its time is up', async () => {
    const watch = open(`${GADGETS}?watch=true&timeoutSeconds=1`)
    expect(await watch.closed).toEqual({ code: 1000, reason: '' })
  })

  it('says what went wrong after it began in an ERROR frame, and closes', async () => {
    // A watch cache would still know what the store has forgotten.
    const own = await withUpgrade({ watchCache: false })
    await own.create(GADGETS, gadget('compacted'))
    const { metadata } = await own.create(GADGETS, gadget('compacted-b'))
    await own.storage.compact(backgroundContext(), Number(metadata.resourceVersion))
    const watch = open(`${GADGETS}?watch=true&resourceVersion=1`, [], {}, own.url)
    expect(await watch.closed).toEqual({ code: 1000, reason: '' })
    expect(watch.events()).toMatchObject([{ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } }])
    await own.close()
  })

  it('ends with the server, which says that it goes away', async () => {
    const own = await withUpgrade()
    const watch = open(`${GADGETS}?watch=true`, [], {}, own.url)
    await opened(watch)
    await own.close()
    expect(await watch.closed).toEqual({ code: 1001, reason: 'the server is shutting down' })
  })

  it('answers pings, and drops what the client says', async () => {
    const watch = open(`${GADGETS}?watch=true&`)
    await opened(watch)
    watch.ws.send('hello')
    const pong = new Promise<string>((resolve) => watch.ws.once('pong', (data: Buffer) => resolve(data.toString())))
    watch.ws.ping('are you there')
    expect(await pong).toBe('are you there')
    expect(watch.ws.readyState).toBe(WebSocket.OPEN)
  })

  it('ends a client that says too much at once', async () => {
    const watch = open(`${GADGETS}?watch=true&`)
    await opened(watch)
    watch.ws.send('x'.repeat(70_000))
    expect((await watch.closed).code).toBe(1009)
  })

  it('ends the watch in the store when the client goes', async () => {
    const own = await withUpgrade()
    const watch = open(`${GADGETS}?watch=true`, [], {}, own.url)
    await opened(watch)
    watch.ws.close(1000)
    expect((await watch.closed).code).toBe(1000)
    // Nothing is left to drain: closing does not wait for it.
    await own.close()
  })
})

describe('subprotocols', () => {
  it('takes the first one that is offered', async () => {
    const watch = open(`${GADGETS}?watch=true`, ['base64.binary.k8s.io', 'other'])
    await opened(watch)
    expect(watch.ws.protocol).toBe('base64.binary.k8s.io')
  })

  it('opens without any', async () => {
    const watch = open(`${GADGETS}?watch=true`)
    await opened(watch)
    expect(watch.ws.protocol).toBe('')
  })

  it('never sends back a bearer token', async () => {
    const token = `base64url.bearer.authorization.k8s.io.${Buffer.from('secret').toString('base64url')}`
    const watch = open(`${GADGETS}?watch=true`, [token, 'base64.binary.k8s.io'])
    await opened(watch)
    expect(watch.ws.protocol).toBe('base64.binary.k8s.io')
  })

  it.each([
    [['base64url.bearer.authorization.k8s.io.c2VjcmV0'], 'missing additional subprotocol'],
    [['base64url.bearer.authorization.k8s.io.c2!', 'x'], 'invalid base64.bearer.authorization token encoding'],
    [['base64url.bearer.authorization.k8s.io.gA', 'x'], 'invalid base64.bearer.authorization token'],
    [
      ['base64url.bearer.authorization.k8s.io.YQ', 'base64url.bearer.authorization.k8s.io.Yg', 'x'],
      'multiple base64.bearer.authorization tokens specified',
    ],
  ])('refuses %j', async (protocols, message) => {
    const answer = await refusal(`${GADGETS}?watch=true`, protocols)
    expect([answer.status, JSON.parse(answer.text).message]).toEqual([400, message])
  })
})

describe('origins', () => {
  const watch = `${GADGETS}?watch=true`

  it('lets pages of the same host and port watch', async () => {
    await opened(open(watch, [], { origin: served.url }))
  })

  it.each(['https://elsewhere.example.com', 'http://127.0.0.1:1', 'null'])('refuses pages of %s', async (origin) => {
    const answer = await refusal(watch, [], { origin })
    expect(answer.status).toBe(403)
    expect(JSON.parse(answer.text)).toMatchObject({
      kind: 'Status',
      reason: 'Forbidden',
      message: `forbidden: web pages of ${origin} may not open websockets here`,
    })
  })

  it('lets the pages that were named watch, and no others', async () => {
    const own = await serveApi((api) => {
      const server = createServer(api.handler())
      return server.on('upgrade', api.upgradeListener({ origins: ['https://console.example.com'] }))
    })
    await opened(open(watch, [], { origin: 'https://console.example.com' }, own.url))
    expect((await refusal(watch, [], { origin: 'https://other.example.com' }, own.url)).status).toBe(403)
    await own.close()
  })
})

describe('before the stream, errors are HTTP answers', () => {
  it.each([
    ['a list', GADGETS, 400, 'only a watch can be upgraded to a websocket'],
    ['one object', `${GADGETS}/a?watch=true`, 400, 'only a watch can be upgraded to a websocket'],
    ['discovery', '/apis', 400, 'only a watch can be upgraded to a websocket'],
    [
      'a resource that is not served',
      '/apis/watched.example.com/v1/namespaces/default/nothings?watch=true',
      404,
      'the server could not find the requested resource',
    ],
    ['a bad option', `${GADGETS}?watch=true&timeoutSeconds=x`, 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
  ])('%s', async (_what, path, status, message) => {
    const answer = await refusal(path)
    expect([answer.status, answer.type]).toEqual([status, 'application/json'])
    expect(JSON.parse(answer.text)).toMatchObject({
      kind: 'Status',
      code: status,
      message: expect.stringContaining(message),
    })
  })

  it('names the version that it speaks', async () => {
    const answer = await raw(
      `GET ${GADGETS}?watch=true HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 7\r\n\r\n`,
    )
    expect(answer).toMatch(/^HTTP\/1.1 400 /)
    expect(answer).toMatch(/\r\nSec-WebSocket-Version: 13\r\n/)
  })

  it('refuses a handshake without a key', async () => {
    const answer = await raw(
      `GET ${GADGETS}?watch=true HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    )
    expect(answer).toMatch(/^HTTP\/1.1 400 /)
    expect(answer).toContain('Sec-WebSocket-Key must be 16 bytes in base64')
  })

  it('answers the path of nobody with 404', async () => {
    const answer = await refusal('/chat')
    expect([answer.status, answer.text]).toEqual([404, '404 page not found\n'])
  })
})

describe('beside others', () => {
  it('leaves paths that are no resources to other upgrade listeners', async () => {
    const chat = new WebSocketServer({ noServer: true })
    const own = await withUpgrade({}, (api) => {
      const server = createServer(api.handler())
      return server.on('upgrade', (req, socket, head) => {
        if (req.url === '/chat') chat.handleUpgrade(req, socket, head, (ws) => ws.send('welcome'))
      })
    })
    const talk = open('/chat', [], {}, own.url)
    await until(() => talk.frames.length === 1)
    expect(talk.frames).toEqual(['welcome'])
    await opened(open(`${GADGETS}?watch=true`, [], {}, own.url))
    talk.ws.terminate()
    await own.close()
  })

  it('answers a request for another protocol as if it had not asked', async () => {
    const headers =
      'Host: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAA\r\n'
    const answer = await raw(`GET ${GADGETS}?limit=1 HTTP/1.1\r\n${headers}\r\n`)
    expect(answer).toMatch(/^HTTP\/1.1 200 /)
    expect(answer).toContain('"kind":"GadgetList"')
    const foreign = await raw(`GET /nothing HTTP/1.1\r\n${headers}\r\n`)
    expect(foreign).toMatch(/^HTTP\/1.1 404 /)
  })

  it('refuses such a request with a body, which can no longer be read', async () => {
    const answer = await raw(
      `POST ${GADGETS} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\n{}`,
    )
    expect(answer).toMatch(/^HTTP\/1.1 400 /)
  })

  it('finds the API below the path where the app mounts it', async () => {
    const own = await serveApi((api) =>
      createServer(api.handler()).on('upgrade', api.upgradeListener({ mountPath: '/some/prefix' })),
    )
    await own.create(GADGETS, gadget('mounted'))
    const watch = open(`/some/prefix${GADGETS}?watch=true`, [], {}, own.url)
    await until(() => watch.frames.length === 1)
    expect((await refusal(`/some/prefixed${GADGETS}?watch=true`, [], {}, own.url)).status).toBe(404)
    await own.close()
  })
})

describe('without the upgrade listener', () => {
  let plain: Served
  beforeEach(async () => {
    plain = await serveApi()
  })
  afterEach(() => plain.close())

  it('a websocket is told which one is missing', async () => {
    const answer = await refusal(`${FLUNDERS}?watch=true`, [], {}, plain.url)
    expect(answer.status).toBe(400)
    expect(JSON.parse(answer.text)).toMatchObject({
      kind: 'Status',
      reason: 'BadRequest',
      message: expect.stringContaining("server.on('upgrade', api.upgrade)"),
    })
  })

  it('an ordinary watch is none of its business', async () => {
    const status = await new Promise((resolve) =>
      get(`${plain.url}${GADGETS}?watch=true&timeoutSeconds=1`, (response) => {
        resolve(response.statusCode)
        response.resume()
      }),
    )
    expect(status).toBe(200)
  })
})
