import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect as connectHTTP2, createServer as createHTTP2Server } from 'node:http2'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, describe, expect, test } from 'vitest'
import {
  type AuthenticationMetrics,
  type AuthenticationOptions,
  authenticatorOf,
  type RequestAuthenticator,
} from '../../../lib/authentication/index.js'
import { RequestContext } from '../../../lib/endpoints/index.js'
import { type AuthenticationFilterOptions, withAuthentication } from '../../../lib/server/filters/authentication.js'
import { withPanicRecovery } from '../../../lib/server/filters/panic-recovery.js'
import { withRequestInfo } from '../../../lib/server/filters/request-info.js'
import { handlerChain } from '../../../lib/server/handler-chain.js'
import { type ListeningServer, listenOn, send } from '../../support/server.js'

const open: ListeningServer[] = []
afterAll(async () => {
  for (const server of open) await server.close()
})

const tokens = [{ token: 'tok', user: { name: 'ann', groups: ['dev'] } }]
const UNAUTHORIZED = {
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message: 'Unauthorized',
  reason: 'Unauthorized',
  code: 401,
}
const path = '/apis/example.com/v1/widgets'

type Options = Partial<AuthenticationFilterOptions>

/** What stands behind the filter: tells what it sees of the request. */
function chainOf(options: AuthenticationFilterOptions) {
  return handlerChain([withPanicRecovery(() => {}), withRequestInfo, withAuthentication(options)], (ctx) => {
    const { headers, rawHeaders, headersDistinct } = ctx.request
    ctx.response.end(JSON.stringify({ user: ctx.user, headers, rawHeaders, headersDistinct }))
  })
}

interface Seen {
  readonly user: { readonly name: string }
  readonly headers: Record<string, string>
  readonly rawHeaders: readonly string[]
  readonly headersDistinct: Record<string, readonly string[]>
}

async function serving(authentication: AuthenticationOptions, more: Options = {}): Promise<string> {
  const { authenticator = authenticatorOf(authentication) } = more
  const chain = chainOf({ ...more, authenticator })
  const listener = (req: IncomingMessage, res: ServerResponse) => {
    // As middleware of a host app may have done.
    void req.headersDistinct
    void chain(new RequestContext(req, res, (req.url ?? '').split('?')[0] ?? ''))
  }
  const server = await listenOn(listener)
  open.push(server)
  return server.url
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

describe('a request that nobody knows', () => {
  test.each([
    ['without credentials', {}],
    ['with a bad token', bearer('bad')],
    ['with another scheme', { authorization: 'Basic YW5uOnRvaw==' }],
  ])('%s is answered 401 with a Status that says no more, and goes no further', async (_, headers) => {
    const answer = await send((await serving({ tokens })) + path, { headers })
    expect(answer.status).toBe(401)
    expect(answer.text).toBe(`${JSON.stringify(UNAUTHORIZED)}\n`)
    expect(answer.headers['content-type']).toBe('application/json')
    expect(answer.headers['www-authenticate']).toBeUndefined()
  })

  test('is answered in the form that it accepts, with the standing headers', async () => {
    const url = (await serving({ tokens })) + path
    const yaml = await send(url, { headers: { accept: 'application/yaml' } })
    expect([yaml.status, yaml.headers['content-type']]).toEqual([401, 'application/yaml'])
    expect(yaml.text).toContain('message: Unauthorized')
    const none = await send(url, { headers: { accept: 'image/png' } })
    expect([none.status, none.json()]).toEqual([401, UNAUTHORIZED])
    expect(none.headers['audit-id']).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('is a mistake of the authenticator, which the client does not hear of', async () => {
    const broken: RequestAuthenticator = {
      authenticateRequest() {
        throw new TypeError('secret detail')
      },
    }
    const answer = await send((await serving({}, { authenticator: broken })) + path)
    expect([answer.status, answer.json()]).toEqual([401, UNAUTHORIZED])
  })

  test('can be answered by another, who is told why', async () => {
    const reasons: unknown[] = []
    const failed: AuthenticationFilterOptions['failed'] = (ctx, err) => {
      reasons.push(err instanceof Error ? err.message : err)
      ctx.response.writeHead(418).end(ctx.requestInfo?.resource)
    }
    const errors: unknown[] = []
    const url = (await serving({ tokens }, { failed, onError: (err) => errors.push((err as Error).message) })) + path
    expect(await send(url)).toMatchObject({ status: 418, text: 'widgets' })
    await send(url, { headers: bearer('bad') })
    expect(reasons).toEqual([undefined, 'invalid bearer token'])
    expect(errors).toEqual(['invalid bearer token'])
  })
})

test.each([false, true])('a user is known to everything behind (found out later: %s)', async (later) => {
  const user = { name: 'ann', groups: ['dev'] }
  const authenticator = { authenticateRequest: () => (later ? Promise.resolve({ user }) : { user }) }
  const answer = await send((await serving({}, { authenticator })) + path)
  expect(answer.json<Seen>().user).toEqual(user)
})

test.each([false, true])('what fails behind is not taken for bad credentials (found out later: %s)', async (later) => {
  const response = { user: { name: 'ann', groups: [] } }
  const authenticator = { authenticateRequest: () => (later ? Promise.resolve(response) : response) }
  const chain = handlerChain([withPanicRecovery(() => {}), withAuthentication({ authenticator })], () => {
    throw new Error('behind')
  })
  const server = await listenOn((req, res) => void chain(new RequestContext(req, res, '/')))
  open.push(server)
  expect((await send(server.url)).status).toBe(500)
})

describe('what proved the user', () => {
  test('goes no further, in no form in which headers are shown', async () => {
    const url = (await serving({ tokens })) + path
    const headers = {
      ...bearer('tok'),
      'X-Remote-User': 'admin',
      'X-Remote-Group': 'system:masters',
      'X-Remote-Uid': '0',
      'X-Remote-Extra-Scopes': 's',
      X_Remote_User: 'admin',
      'X-Kept': 'yes',
      'Sec-WebSocket-Protocol': `v1, base64url.bearer.authorization.k8s.io.${Buffer.from('tok').toString('base64url')}`,
    }
    const seen = (await send(url, { headers })).json<Seen>()
    expect(seen.user.name).toBe('ann')
    const names = [
      Object.keys(seen.headers),
      seen.rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase()),
      Object.keys(seen.headersDistinct),
    ]
    for (const each of names) expect(each.sort()).toEqual(['connection', 'host', 'sec-websocket-protocol', 'x-kept'])
    expect(seen.headers['sec-websocket-protocol']).toBe('v1')
    expect(JSON.stringify(seen)).not.toMatch(/dG9r|tok|admin|masters/)
  })

  test('is taken away from requests of nobody too', async () => {
    const url = (await serving({ anonymous: true })) + path
    const headers = { authorization: 'Basic YTpi', 'x-remote-user': 'admin' }
    const seen = (await send(url, { headers })).json<Seen>()
    expect(seen.user.name).toBe('system:anonymous')
    expect(Object.keys(seen.headers).sort()).toEqual(['connection', 'host'])
  })
})

describe('smuggled headers', () => {
  /** Sends what a client library would not. */
  async function raw(url: string, lines: readonly string[]): Promise<string> {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.end([`GET ${path} HTTP/1.1`, 'Host: x', 'Connection: close', ...lines, '', ''].join('\r\n'))
    let text = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    await once(socket, 'close')
    return text
  }
  const both = [...tokens, { token: 'eve', user: 'eve' }]

  test('of two Authorization headers the first counts, whatever their case', async () => {
    const url = await serving({ tokens: both })
    expect(await raw(url, ['Authorization: Bearer tok', 'AUTHORIZATION: Bearer eve'])).toContain('"name":"ann"')
    expect(await raw(url, ['authorization: Bearer bad', 'Authorization: Bearer tok'])).toContain(' 401 ')
  })

  test('two Authorization headers that the host joins are no token', async () => {
    const chain = chainOf({ authenticator: authenticatorOf({ tokens: both }) })
    const server = createServer({ joinDuplicateHeaders: true }, (req, res) => {
      void chain(new RequestContext(req, res, '/'))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    expect(await raw(url, ['Authorization: Bearer tok', 'Authorization: Bearer eve'])).toContain(' 401 ')
    server.close()
  })

  test.each([
    'X-Remote-User: admin',
    'x-rEmOtE-uSeR: admin',
    'X_Remote_User: admin',
    'X-Remote-User : admin',
    ' X-Remote-User: admin',
    'X-Remote-User:\tadmin',
  ])('%j makes nobody somebody', async (line) => {
    const text = await raw(await serving({ anonymous: true }), [line, 'X-Remote-Group: system:masters'])
    expect(text).not.toContain('"name":"admin"')
    expect(text).toMatch(/ 400 |"name":"system:anonymous"/)
  })
})

describe('audiences', () => {
  const answering = (audiences?: readonly string[]) => ({
    authenticateRequest: () => ({ user: { name: 'ann', groups: [] }, ...(audiences && { audiences }) }),
  })
  test.each([
    [['a', 'b'], ['b', 'c'], 200],
    [['a'], ['c'], 401],
    [['a'], undefined, 200],
    [undefined, ['c'], 200],
  ])('a server that is %j takes credentials for %j: %d', async (own, given, status) => {
    const authenticator = answering(given)
    const url = await serving({}, { authenticator, ...(own && { audiences: own }) })
    expect((await send(url + path)).status).toBe(status)
  })
})

test('attempts are counted by how they end', async () => {
  const counted: string[] = []
  const metrics: AuthenticationMetrics = {
    attempt: (result, seconds) => void counted.push(`${result} ${seconds >= 0}`),
    userRequest: (username) => void counted.push(username),
    tokenCacheRequest() {},
    tokenCacheFetch() {},
    tokenCacheActiveFetch() {},
  }
  const url = (await serving({ tokens }, { metrics })) + path
  for (const headers of [{}, bearer('bad'), bearer('tok')]) await send(url, { headers })
  expect(counted).toEqual(['failure true', 'error true', 'success true', 'other'])
})

describe('over HTTP/2', () => {
  async function session(authentication: AuthenticationOptions) {
    const chain = chainOf({ authenticator: authenticatorOf(authentication) })
    const server = createHTTP2Server((req, res) => {
      const ctx = new RequestContext(req as unknown as IncomingMessage, res as unknown as ServerResponse, path)
      void chain(ctx)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const client = connectHTTP2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const ask = async (headers: Record<string, string> = {}) => {
      const stream = client.request({ ':path': path, ...headers })
      let text = ''
      stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      const [answer] = (await once(stream, 'response')) as [Record<string, unknown>]
      await once(stream, 'end')
      return { status: answer[':status'], seen: JSON.parse(text) as Seen }
    }
    return { ask, client, close: () => new Promise<void>((resolve) => server.close(() => resolve())) }
  }

  test('a known user keeps the connection, and shows no credentials behind', async () => {
    const { ask, client, close } = await session({ tokens })
    for (let i = 0; i < 3; i++) {
      const { status, seen } = await ask(bearer('tok'))
      expect([status, seen.user.name]).toEqual([200, 'ann'])
      expect(JSON.stringify(seen)).not.toContain('tok')
    }
    client.close()
    await close()
  })

  test.each<[string, AuthenticationOptions, number]>([
    ['nobody', { tokens }, 401],
    ['anonymous', { anonymous: true }, 200],
  ])('a connection of %s ends after its answer', async (_, authentication, expected) => {
    const { ask, client, close } = await session(authentication)
    const ended = once(client, 'close')
    expect((await ask()).status).toBe(expected)
    await ended
    await close()
  })
})
