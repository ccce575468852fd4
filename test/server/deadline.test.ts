import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { connect, createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apiserver, defineResource, lmdb } from 'express-apiserver'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseExposition, sumOf } from '../support/prometheus.js'

const folder = mkdtempSync(join(tmpdir(), 'deadline-'))
const widgets = defineResource({
  group: 'example.com',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  scope: 'Namespaced',
})
const api = apiserver({ resources: [widgets], storage: lmdb(folder), metrics: true, maxMutatingRequestsInFlight: 1 })
const http1 = createServer(api.handler())
const http2 = createHttp2Server(api.handler())
const collection = '/apis/example.com/v1/namespaces/default/widgets'

beforeAll(async () => {
  await api.ready()
  await Promise.all([http1, http2].map((server) => once(server.listen(0, '127.0.0.1'), 'listening')))
})

afterAll(async () => {
  http1.close()
  http2.close()
  await api.close()
  rmSync(folder, { recursive: true, force: true })
})

const portOf = (server: typeof http1 | typeof http2): number => (server.address() as AddressInfo).port
const url = (path: string): string => `http://127.0.0.1:${portOf(http1)}${path}`

const create = (name: string, pad = ''): Promise<Response> =>
  fetch(url(collection), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ metadata: { name, annotations: { pad } } }),
  })

/** Requests that are being served, besides the one that asks. */
async function inFlight(): Promise<number> {
  const families = parseExposition(await (await fetch(url('/metrics'))).text())
  return sumOf(families, 'apiserver_current_inflight_requests') - 1
}

test('a body that trickles in is answered with a 504 when the time is over', async () => {
  const trickle = request(url(`${collection}?timeout=100ms`), { method: 'POST', headers: { 'content-length': 1000 } })
  trickle.on('error', () => {})
  trickle.write('{')
  const [response] = await once(trickle, 'response')
  expect(response.statusCode).toBe(504)
  expect(response.headers.connection).toBe('close')
  trickle.destroy()
})

test('more writes at once than allowed are turned away with a time to come back', async () => {
  const slow = request(url(collection), { method: 'POST', headers: { 'content-length': 1000 } })
  slow.on('error', () => {})
  slow.write('{')
  await expect.poll(inFlight).toBe(1)
  const refused = await create('refused')
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1'])
  expect(await refused.text()).toBe('Too many requests, please try again later.\n')
  slow.destroy()
  await expect.poll(inFlight).toBe(0)
  expect((await create('accepted')).status).toBe(201)
})

test('a list whose HTTP/2 client has left is not served on', async () => {
  for (let i = 0; i < 30; i++) expect((await create(`big-${i}`, 'x'.repeat(10_000))).status).toBe(201)
  const client = connect(`http://127.0.0.1:${portOf(http2)}`)
  for (let i = 0; i < 10; i++) {
    const stream = client.request({ ':path': collection })
    stream.on('error', () => {})
    await once(stream, 'response')
    stream.close(8)
  }
  await expect.poll(inFlight).toBe(0)
  client.destroy()
})

test('a path of the API with a malformed escape is refused, and no other path', async () => {
  const refused = await fetch(url('/apis/example.com/v1/%zz'))
  expect([refused.status, await refused.text()]).toEqual([400, '400 Bad Request'])
  expect((await fetch(url('/elsewhere/%zz'))).status).toBe(404)
})
