import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ListeningServer, listenOn, openWatch, type Sent, send } from '../support/server.js'
import { flundersOf, startSample } from './sample.js'

const collection = flundersOf('bad')
const group = '/apis/wardle.example.com/v1alpha1'
const limit = 3 * 1024 * 1024

let sample: Awaited<ReturnType<typeof startSample>>
let server: ListeningServer
const uncaught: unknown[] = []
const remember = (error: unknown) => uncaught.push(error)

beforeAll(async () => {
  process.on('uncaughtException', remember)
  process.on('unhandledRejection', remember)
  sample = await startSample()
  server = await listenOn(sample.api.handler((_req, res) => res.writeHead(418).end()))
  const stands = await send(`${server.url}${collection}`, { body: { metadata: { name: 'stands' } } })
  expect(stands.status, stands.text).toBe(201)
})

afterAll(async () => {
  await sample?.remove()
  await server?.close()
  process.off('uncaughtException', remember)
  process.off('unhandledRejection', remember)
  expect(uncaught).toEqual([])
})

/** A request that is no good: what it is, the path, the rest of the request, and the Status it deserves. */
type Case = readonly [title: string, path: string, request: Sent, code: number, reason: string | undefined]

const json = { 'content-type': 'application/json' }
const merge = { 'content-type': 'application/merge-patch+json' }
const post = (body: unknown): Sent => ({ method: 'POST', headers: json, body })
const named = (name: string, rest: object = {}) => ({ metadata: { name }, ...rest })

const bodies: readonly Case[] = [
  ['malformed JSON', collection, post('{"kind": "Flunder", '), 400, 'BadRequest'],
  ['text behind the JSON', collection, post('{"metadata":{"name":"x"}} x'), 400, 'BadRequest'],
  ['an empty body', collection, post(''), 400, 'BadRequest'],
  ['a list', collection, post('[]'), 400, 'BadRequest'],
  [
    'bytes that are no UTF-8',
    collection,
    post(Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31])),
    400,
    'BadRequest',
  ],
  [
    'JSON nested 20,000 deep',
    collection,
    post(`{"spec":${'['.repeat(20_000)}${']'.repeat(20_000)}}`),
    400,
    'BadRequest',
  ],
  ['a body over 3 MiB', collection, post(Buffer.alloc(limit + 1, 0x20)), 413, 'RequestEntityTooLarge'],
  [
    'another kind',
    collection,
    post(named('x', { apiVersion: 'wardle.example.com/v1alpha1', kind: 'Fischer' })),
    400,
    'BadRequest',
  ],
  ['another group', collection, post(named('x', { apiVersion: 'apps/v1', kind: 'Flunder' })), 400, 'BadRequest'],
  ['a number for a string', collection, post(named('x', { spec: { reference: 5 } })), 400, 'BadRequest'],
  ['no name', collection, post({ metadata: {} }), 422, 'Invalid'],
  ['a name in upper case', collection, post(named('UPPER/CASE')), 422, 'Invalid'],
  ['another namespace', collection, post({ metadata: { name: 'x', namespace: 'other' } }), 400, 'BadRequest'],
  [
    'a media type it cannot read',
    collection,
    { ...post('a=b'), headers: { 'content-type': 'text/csv' } },
    415,
    'UnsupportedMediaType',
  ],
  [
    'a merge patch that is no JSON',
    `${collection}/stands`,
    { method: 'PATCH', headers: merge, body: '{' },
    400,
    'BadRequest',
  ],
  ['a label named __proto__', collection, post('{"metadata":{"name":"x","labels":{"__proto__":"y"}}}'), 422, 'Invalid'],
]

const paths: readonly Case[] = [
  ['an unknown resource', `${group}/nothing`, {}, 404, 'NotFound'],
  ['an unknown object', `${collection}/nobody`, {}, 404, 'NotFound'],
  ['an unknown subresource', `${collection}/stands/status`, {}, 404, 'NotFound'],
  ['a resource named __proto__', `${group}/__proto__`, {}, 404, 'NotFound'],
  ['an object named __proto__', `${collection}/__proto__`, {}, 404, 'NotFound'],
  ['an object named constructor', `${collection}/constructor`, {}, 404, 'NotFound'],
  ['a method it does not serve', collection, { method: 'PUT', headers: json, body: '{}' }, 405, 'MethodNotAllowed'],
  ['an answer it cannot write', `${collection}/stands`, { headers: { accept: 'text/html' } }, 406, 'NotAcceptable'],
]

const queries: readonly Case[] = [
  ['a label selector that ends early', `${collection}?labelSelector=env%20in%20(a`, {}, 400, 'BadRequest'],
  ['a label selector over and over', `${collection}?labelSelector=${'a,'.repeat(4_000)}`, {}, 400, 'BadRequest'],
  ['a field selector of an unknown field', `${collection}?fieldSelector=spec.nothing%3Dx`, {}, 400, 'BadRequest'],
  ['a field selector without operator', `${collection}?fieldSelector=x`, {}, 400, 'BadRequest'],
  ['a limit that is no number', `${collection}?limit=many`, {}, 400, 'BadRequest'],
  ['a continue token that was never given out', `${collection}?limit=1&continue=AAAA`, {}, 400, 'BadRequest'],
  ['a resource version match without a version', `${collection}?resourceVersionMatch=Exact`, {}, 422, 'Invalid'],
  // The reference answers this one with 500 and no reason.
  ['a resource version that is no number', `${collection}?resourceVersion=abc`, {}, 500, undefined],
  ['a dry run of another kind', `${collection}?dryRun=Some`, post(named('x')), 422, 'Invalid'],
]

describe.each([
  ['body', bodies],
  ['path', paths],
  ['query', queries],
])('a %s that is no good is answered with a precise Status', (_what, cases) => {
  test.each(cases)('%s', async (_title, path, request, code, reason) => {
    const answer = await send(`${server.url}${path}`, request)
    expect(answer.status, answer.text).toBe(code)
    const status = answer.json<{ reason?: string; message: string }>()
    expect(status).toMatchObject({ apiVersion: 'v1', kind: 'Status', status: 'Failure', code })
    expect(status.reason).toBe(reason)
    expect(status.message).not.toBe('')
    expect((await send(`${server.url}${collection}/stands`)).status).toBe(200)
  })
})

test('a group that nobody serves is answered as a path that is not there, in plain text', async () => {
  const answer = await send(`${server.url}/apis/nobody.example.com/v1/things`)
  expect(answer.status).toBe(404)
  expect(answer.text).toContain('404 page not found')
})

test('a watch from a version that is no number is refused, and so is one from the future', async () => {
  await expect(openWatch(`${server.url}${collection}?watch=true&resourceVersion=abc`)).rejects.toThrow('answered')
  expect((await send(`${server.url}${collection}?watch=true&resourceVersion=abc`)).json()).toMatchObject({
    kind: 'Status',
  })
})

test('keys named __proto__ are dropped as unknown fields with a warning, and reach no prototype', async () => {
  const body =
    '{"metadata":{"name":"proto"},"spec":{"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}}}}'
  const answer = await send(`${server.url}${collection}`, post(body))
  expect(answer.status, answer.text).toBe(201)
  expect(answer.headers.warning).toContain('unknown field \\"spec.__proto__\\"')
  expect(answer.text).not.toContain('polluted')
  expect(({} as { polluted?: string }).polluted).toBeUndefined()
})

test('a JSON patch through __proto__ reaches no prototype', async () => {
  const patch = [{ op: 'add', path: '/spec/__proto__/polluted', value: 'yes' }]
  const headers = { 'content-type': 'application/json-patch+json' }
  const answer = await send(`${server.url}${collection}/stands`, {
    method: 'PATCH',
    headers,
    body: JSON.stringify(patch),
  })
  expect(answer.json()).toMatchObject({ kind: 'Status', status: 'Failure' })
  expect(({} as { polluted?: string }).polluted).toBeUndefined()
})

test('what is not the API is left to the app behind it', async () => {
  expect((await send(`${server.url}/mine`)).status).toBe(418)
  expect((await send(`${server.url}/api/v1/pods`)).status).toBe(418)
})
