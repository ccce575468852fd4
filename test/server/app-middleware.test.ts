import { mkdtempSync, rmSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express, { type RequestHandler } from 'express'
import {
  type ApiServer,
  type ApiServerOptions,
  apiserver,
  backgroundContext,
  lmdb,
  type RunningServer,
  runServer,
  type ServerOptions,
} from 'express-apiserver'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { LogFields } from '../../lib/server/logger.js'
import { isMountedIn } from '../../lib/server/mounted.js'
import { listenOn, send } from '../support/server.js'
import { V2, widget, widgets } from './harness.js'

const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-app-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

let stores = 0
const errors: string[] = []
const logger = { info() {}, warn() {}, error: ({ err }: LogFields) => void errors.push(String(err)) }
const apiOf = (options: Partial<ApiServerOptions> = {}): ApiServer =>
  apiserver({
    resources: [widgets],
    storage: lmdb(join(folder, `${++stores}`), { unsafeNoSync: true }),
    logger,
    ...options,
  })

async function running(options: ServerOptions): Promise<RunningServer> {
  const server = await runServer({ port: 0, host: '127.0.0.1', signals: false, logger, ...options })
  cleanups.push(() => server.shutdown())
  return server
}

const PATH = `${V2}/namespaces/n/widgets`
const session = { cookie: 'sid=ann' }
const login: RequestHandler = (req, res, next) => {
  if (req.headers.cookie === session.cookie) next()
  else res.status(401).send('who are you?')
}

/** The first frame of a watch by websocket, or the status that it is refused with. */
function watched(url: string, headers: Record<string, string> = {}): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}?watch=true`, { headers })
    cleanups.push(() => socket.terminate())
    socket.on('message', (frame) => resolve(JSON.parse(String(frame)).object.metadata.name))
    socket.on('error', reject)
    socket.on('unexpected-response', (_, response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve([response.statusCode, text]))
    })
  })
}

/** An app that asks for a login, and mounts an API with one object. */
async function guardedByApp(
  options: Partial<ApiServerOptions>,
  serverOptions: Partial<ServerOptions> = {},
  at = '/',
): Promise<string> {
  const api = apiOf(options)
  const app = express()
  app.use(login)
  app.use(at, api)
  const { url } = await running({ api, listener: app, ...serverOptions })
  const create = { dryRun: false, fieldManager: 'test' }
  const context = backgroundContext({ namespace: 'n' })
  await api.store(widgets).create(context, { ...widget('secret') } as never, () => {}, create)
  return url
}

describe('a websocket to an API that an app mounts behind its login', () => {
  test('is asked for the login as any other request, where nothing but the login refuses anybody', async () => {
    const url = await guardedByApp({})
    expect((await send(url + PATH)).status).toBe(401)
    expect(await watched(url + PATH)).toEqual([401, 'who are you?'])
  })

  test('is no websocket there for who is logged in either, and the answer names the option', async () => {
    const url = await guardedByApp({})
    const [status, text] = (await watched(url + PATH, session)) as [number, string]
    expect(status).toBe(400)
    expect(text).toContain("runServer's option websockets")
  })

  test.each<[string, Partial<ApiServerOptions>]>([
    ['everybody without credentials', { authentication: { anonymous: true } }],
    ['everybody without credentials, whatever the path', { authentication: { anonymous: {} } }],
  ])('is asked for it too where the API’s own authentication lets in %s', async (_, options) => {
    const url = await guardedByApp({ authenticate: () => undefined, ...options })
    expect(await watched(url + PATH)).toEqual([401, 'who are you?'])
  })

  test.each<[string, Partial<ServerOptions>]>([
    ['true', { websockets: true }],
    ['an object', { websockets: {} }],
  ])('is taken without it where `websockets` is %s: somebody has said so', async (_, options) => {
    const url = await guardedByApp({}, options)
    expect(await watched(url + PATH)).toBe('secret')
  })

  test('is taken below the path where the app mounts the API', async () => {
    const url = await guardedByApp({}, { websockets: { mountPath: '/k8s' } }, '/k8s')
    expect(await watched(`${url}/k8s${PATH}`)).toBe('secret')
    expect(await watched(url + PATH)).toEqual([404, '404 page not found\n'])
  })

  test('is for the API’s own authentication to judge, by the cookies that it reads for itself', async () => {
    const url = await guardedByApp({
      authenticate: ({ headers }) => (headers.cookie === session.cookie ? 'ann' : undefined),
    })
    expect(await watched(url + PATH)).toEqual([401, expect.stringContaining('"reason":"Unauthorized"')])
    expect(await watched(url + PATH, session)).toBe('secret')
  })

  test('is for the API’s own rules to judge', async () => {
    const url = await guardedByApp({ authorize: () => 'deny' })
    expect(await watched(url + PATH)).toEqual([403, expect.stringContaining('"reason":"Forbidden"')])
  })

  test('is off where nobody wants any', async () => {
    const url = await guardedByApp({ authorize: () => 'allow' }, { websockets: false })
    expect(await watched(url + PATH)).toEqual([401, 'who are you?'])
  })
})

const deprecated = () => {
  throw new Error("'app.router' is deprecated!")
}
const endless = express.Router()
endless.use(endless)

describe('an API in front of an app that mounts it as well', () => {
  const mounts: [string, (api: ApiServer) => RequestListener][] = [
    ['at its root', (api) => express().use(login, api)],
    ['below a path', (api) => express().use('/k8s', login, api)],
    ['in a router', (api) => express().use('/k8s', express.Router().use(express.Router().use(api)))],
    ['as a route', (api) => express().all('/{*path}', api)],
    ['as Express 4 does', (api) => Object.assign(() => {}, { _router: express.Router().use(api) })],
    ['as the app', (api) => api as unknown as RequestListener],
  ]

  test.each(mounts)('%s does not begin', async (_, appWith) => {
    const api = apiOf()
    await expect(running({ api, app: appWith(api) })).rejects.toThrow(/^runServer: the API stands in front of an app/)
  })

  test.each<[string, (api: ApiServer) => unknown]>([
    ['another API', () => express().use(apiOf())],
    ['nothing', () => express()],
    ['what cannot be looked into', () => Object.defineProperty(() => {}, 'router', { get: deprecated })],
    ['itself', () => endless],
  ])('is not seen in an app that mounts %s', (_, appWith) => {
    const api = apiOf()
    expect(isMountedIn(appWith(api), api)).toBe(false)
  })

  test('where it cannot be seen before is an error at the first request that comes through the app', async () => {
    const api = apiOf()
    const app = express().use(express().use(login, api))
    app.use(((err, _req, res, _next) => void res.status(500).send(err.message)) as express.ErrorRequestHandler)
    const { url } = await running({ api, app })
    errors.length = 0
    const message = 'the API stands in front of an app that mounts it as well'
    for (let i = 0; i < 3; i++) {
      const answer = await send(`${url}/page`, { headers: session })
      expect([answer.status, answer.text]).toEqual([500, expect.stringContaining(message)])
    }
    expect(errors).toEqual([expect.stringContaining(message)])
    expect((await send(url + PATH)).status).toBe(200)
  })

  test('by `api.handler` is such an error too, also when it is mounted afterwards', async () => {
    const api = apiOf()
    const app = express()
    const { url, close } = await listenOn(api.handler(app))
    cleanups.push(close, () => api.close())
    expect((await send(`${url}/k8s${PATH}`)).status).toBe(404)
    app.use('/k8s', login, api)
    expect((await send(`${url}/k8s${PATH}`, { headers: session })).status).toBe(500)
  })

  test('is none where each is asked by a server of its own that the other does not stand before', async () => {
    const api = apiOf()
    const app = express().use(login, api)
    const own = await listenOn(api.handler())
    cleanups.push(own.close)
    const { url } = await running({ api, listener: app })
    expect((await send(`${url}${PATH}`, { headers: session })).status).toBe(200)
    expect((await send(`${own.url}${PATH}`)).status).toBe(200)
  })
})

test('an app behind the API and a listener that answers for everything cannot both be had', async () => {
  const api = apiOf()
  await expect(running({ api, app: express(), listener: express() })).rejects.toThrow(
    /^runServer takes an `app` behind the API or a `listener`/,
  )
})
