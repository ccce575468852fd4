import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { headRefusal } from '../../lib/server/whole-head.js'
import { create, served, V2, widget } from './harness.js'

const NAMESPACE = `${V2}/namespaces/guarded`
const WIDGETS = `${NAMESPACE}/widgets`
const asked: string[] = []

/** Reads widgets; only root writes, and nobody may act as somebody else. */
const server = served({
  authentication: {
    tokens: [
      { token: 'reader-token', user: { name: 'reader', groups: ['readers'] } },
      { token: 'root-token', user: { name: 'root', groups: ['system:masters'] } },
    ],
    anonymous: { paths: ['/livez'] },
  },
  authorization: {
    rbac: {
      objects: [
        {
          kind: 'ClusterRole',
          metadata: { name: 'reader' },
          rules: [{ apiGroups: ['example.com'], resources: ['widgets'], verbs: ['get', 'list', 'watch'] }],
        },
        {
          kind: 'ClusterRoleBinding',
          metadata: { name: 'readers' },
          subjects: [{ kind: 'Group', name: 'readers' }],
          roleRef: { kind: 'ClusterRole', name: 'reader' },
        },
      ],
    },
  },
  buildHandlerChain: (filters) => [
    ...filters,
    {
      name: 'Asked',
      filter: (ctx, next) => {
        asked.push(`${ctx.user.name} ${ctx.requestInfo?.verb} ${ctx.requestInfo?.path}`)
        return next()
      },
    },
  ],
  health: true,
  metrics: true,
})
const READER = 'Authorization: Bearer reader-token'
const reader = { authorization: 'Bearer reader-token' }
const root = { authorization: 'Bearer root-token' }

/** Sends what no client library would, and tells the status of every answer that comes until the connection ends. */
async function raw(text: string): Promise<number[]> {
  asked.length = 0
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  socket.on('error', () => {})
  socket.end(text)
  let answers = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    answers += chunk
  })
  await once(socket, 'close')
  return [...answers.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
}

/** The head of a request, line by line. */
const head = (...lines: readonly string[]) => [...lines, '', ''].join('\r\n')
const SMUGGLED = head(`DELETE ${WIDGETS}/precious HTTP/1.1`, 'Host: x', 'Authorization: Bearer root-token')

describe('a request within a request', () => {
  const post = (...lines: readonly string[]) => head(`POST ${WIDGETS} HTTP/1.1`, 'Host: x', READER, ...lines)
  const length = `Content-Length: ${SMUGGLED.length}`

  test.each([
    ['two lengths', post('Content-Length: 0', length) + SMUGGLED],
    ['a length beside chunks', `${post(length, 'Transfer-Encoding: chunked')}0\r\n\r\n${SMUGGLED}`],
    ['chunks beside a length', `${post('Transfer-Encoding: chunked', 'Content-Length: 4')}0\r\n\r\n${SMUGGLED}`],
    ['chunks in another word', post('Transfer-Encoding: xchunked', length) + SMUGGLED],
    ['chunks that are not the last coding', `${post('Transfer-Encoding: chunked, identity')}0\r\n\r\n${SMUGGLED}`],
    ['chunks twice', `${post('Transfer-Encoding: chunked', 'Transfer-Encoding: identity')}0\r\n\r\n${SMUGGLED}`],
    ['chunks behind a space', post('Transfer-Encoding : chunked', length) + SMUGGLED],
    ['a length with a sign', post(`Content-Length: +${SMUGGLED.length}`) + SMUGGLED],
    ['a length in hexadecimal', post('Content-Length: 0x0') + SMUGGLED],
    ['a line that is folded', post('X-A: b', ` Content-Length: ${SMUGGLED.length}`) + SMUGGLED],
    ['lines that end by a carriage return', post('X-A: b\rContent-Length: 0') + SMUGGLED],
  ])('by %s is refused with all that follows it', async (_, text) => {
    expect(await raw(text)).toEqual([400])
    expect(asked.filter((line) => line.includes('delete'))).toEqual([])
  })

  test('by a chunk that lies about its size is no request: the first one alone is answered', async () => {
    expect(await raw(`${post('Transfer-Encoding: chunked')}-1\r\n${SMUGGLED}`)).toEqual([403])
    expect(asked).toEqual([])
  })

  test('is one of its own when it stands behind a whole one, and is asked for its own rights', async () => {
    await create(
      { ...server, send: (path, sent) => server.send(path, { ...sent, headers: root }) },
      WIDGETS,
      widget('kept'),
    )
    const first = head(`GET ${WIDGETS}/kept HTTP/1.1`, 'Host: x', 'Authorization: Bearer root-token')
    const second = head(`DELETE ${WIDGETS}/kept HTTP/1.1`, 'Host: x', READER, 'Connection: close')
    expect(await raw(first + second)).toEqual([200, 403])
    const without = head(`DELETE ${WIDGETS}/kept HTTP/1.1`, 'Host: x', 'Connection: close')
    expect(await raw(first + without)).toEqual([200, 401])
    expect((await server.send(`${WIDGETS}/kept`, { headers: root })).status).toBe(200)
  })
})

describe('a head', () => {
  const fields = (count: number) => Array.from({ length: count }, () => 'a:')
  const upgrade = [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==',
  ]
  const get = (path: string, ...lines: readonly string[]) =>
    raw(head(`GET ${path} HTTP/1.1`, 'Host: x', 'Authorization: Bearer root-token', ...lines))

  test('of so many fields that the last ones are lost gets no further: they may say as whom it is asked', async () => {
    const whole = head(`GET ${WIDGETS} HTTP/1.1`, 'Host: x', READER, ...fields(900), 'Connection: close')
    expect(await raw(whole)).toEqual([200])
    expect(await get(WIDGETS, ...fields(2_100), 'Impersonate-User: reader')).toEqual([431])
    expect(await get(`${WIDGETS}?watch=1`, ...upgrade, ...fields(2_100), 'Impersonate-User: reader')).toEqual([431])
    expect(asked).toEqual([])
  })

  test('of two hosts gets no further', async () => {
    expect(await get(WIDGETS, 'hOST: y')).toEqual([400])
    expect(asked).toEqual([])
  })

  test.each([
    [{}, 1_998, false],
    [{}, 2_000, true],
    [{ maxHeadersCount: null }, 2_000, true],
    [{ maxHeadersCount: 20 }, 38, false],
    [{ maxHeadersCount: 20 }, 40, true],
    [{ maxHeadersCount: 0 }, 20_000, false],
  ])('is cut where its server %j says: of %i names and values some are missing: %s', (server, length, missing) => {
    const rawHeaders = Array.from({ length }, () => 'a')
    const request = { httpVersionMajor: 1, rawHeaders, socket: { server } } as unknown as IncomingMessage
    expect(headRefusal(request)?.code).toBe(missing ? 431 : undefined)
  })
})

describe('a target', () => {
  const get = (target: string, ...lines: readonly string[]) =>
    raw(head(`GET ${target} HTTP/1.1`, 'Host: x', 'Connection: close', ...lines))

  test.each([
    `http://evil.example.com${WIDGETS}`,
    `https://livez@evil.example.com${WIDGETS}`,
    `//livez${WIDGETS}`,
    WIDGETS.slice(1),
    `/livez/..${WIDGETS}`,
    `/livez%2f..${WIDGETS}`,
    `/livez;${WIDGETS}`,
    `/livez?${WIDGETS}`,
    `${WIDGETS}?/livez`,
    `\\livez${WIDGETS}`,
    '*',
  ])('%s shows nothing to a stranger who may only ask for health', async (target) => {
    const statuses = await get(target)
    expect(statuses).toHaveLength(1)
    if (statuses[0] === 200) expect(asked).toEqual([expect.stringMatching(/ get \/livez$/)])
    expect(asked.filter((line) => line.includes('widgets'))).toEqual([])
  })

  test.each([
    ['X-HTTP-Method-Override: DELETE'],
    ['X-HTTP-Method: DELETE', 'X-Method-Override: DELETE'],
    ['X-Original-URL: /metrics', 'X-Rewrite-URL: /metrics'],
    ['X-Forwarded-Host: evil', 'X-Forwarded-Prefix: /apis', 'X-Forwarded-For: 127.0.0.1'],
  ])('stays what it is whatever %j says', async (...lines) => {
    expect(await get(WIDGETS, READER, ...lines)).toEqual([200])
    expect(asked).toEqual([`reader list ${WIDGETS}`])
  })

  test.each(['TRACE', 'CONNECT', 'DEBUG', 'PROPFIND', 'get', 'DELETE\tx', 'MERGE'])(
    'asked for by the method %s is not served',
    async (method) => {
      const statuses = await raw(head(`${method} ${WIDGETS} HTTP/1.1`, 'Host: x', READER, 'Connection: close'))
      expect(statuses.filter((status) => status < 400)).toEqual([])
      expect(asked).toEqual([])
    },
  )
})

describe('whoever says to be somebody', () => {
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
  const whoami = async (headers: Record<string, string>, query = '') => {
    const sent = { headers, body: review }
    const answer = await server.send(`/apis/authentication.k8s.io/v1/selfsubjectreviews${query}`, sent)
    return [answer.status, answer.json<{ status: { userInfo?: { username: string } } }>().status?.userInfo?.username]
  }

  test.each([
    { 'x-remote-user': 'root', 'x-remote-group': 'system:masters' },
    { 'x-remote-user': 'root', 'x-remote-uid': '0', 'x-remote-extra-scopes': 'all' },
    { 'x-forwarded-user': 'root', 'x-auth-request-user': 'root', 'x-webauth-user': 'root' },
    { impersonate_user: 'root', 'x-impersonate-user': 'root', 'impersonate-users': 'root' },
    { cookie: 'authorization=Bearer root-token; token=root-token', 'x-authorization': 'Bearer root-token' },
    { 'proxy-authorization': 'Bearer root-token', 'x-amz-security-token': 'root-token' },
    { connection: 'authorization', te: 'trailers' },
  ])('by %j is who the token says, or nobody', async (headers) => {
    expect(await whoami({ ...reader, ...headers })).toEqual([201, 'reader'])
    expect((await whoami(headers))[0]).toBe(401)
  })

  test.each(['?access_token=root-token', '?token=root-token', '?authorization=Bearer%20root-token'])(
    'by %s in the query is nobody',
    async (query) => {
      expect((await whoami({}, query))[0]).toBe(401)
    },
  )

  test('in the trailers of a body is nobody', async () => {
    const text = head(`POST ${WIDGETS} HTTP/1.1`, 'Host: x', 'Transfer-Encoding: chunked', 'Trailer: Authorization')
    expect((await raw(`${text}2\r\n{}\r\n0\r\nAuthorization: Bearer root-token\r\n\r\n`))[0]).toBe(401)
    expect(asked).toEqual([])
  })

  test.each([
    { 'impersonate-user': 'root' },
    { 'impersonate-user': 'reader', 'impersonate-group': 'system:masters' },
    { 'impersonate-user': 'reader' },
    { 'impersonate-user': 'reader', 'impersonate-extra-scopes': 'all' },
    { 'impersonate-user': 'reader', 'impersonate-uid': '0' },
  ])('acting as %j has to have the right to', async (headers) => {
    expect((await whoami({ ...reader, ...headers }))[0]).toBe(403)
    expect((await whoami(headers))[0]).toBe(401)
    expect((await whoami({ ...root, ...headers }))[0]).toBe(201)
  })
})

describe('whoever may only read', () => {
  test.each([
    ['POST', WIDGETS, widget('a')],
    ['POST', `${WIDGETS}?dryRun=All`, widget('a')],
    ['PUT', `${WIDGETS}/a`, widget('a')],
    ['DELETE', `${WIDGETS}/a?dryRun=All`, undefined],
    ['DELETE', `${WIDGETS}?fieldSelector=metadata.name%3Dnone`, undefined],
    ['GET', `${WIDGETS}/a/status`, undefined],
    ['PUT', `${WIDGETS}/a/status`, widget('a')],
    ['GET', `${V2}/gadgets`, undefined],
    ['GET', `${V2}/gadgets/a/proxy/x`, undefined],
    ['GET', '/metrics', undefined],
    ['HEAD', '/metrics', undefined],
    ['OPTIONS', WIDGETS, undefined],
  ])('is refused %s %s', async (method, path, body) => {
    const answer = await server.send(path, { method, headers: reader, ...(body && { body }) })
    expect(answer.status).toBe(403)
  })
})
