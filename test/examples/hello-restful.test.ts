import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildTimeoutMs, type ExampleProcess, ensureBuilt, runExample, startExample } from '../support/cli.js'
import { send } from '../support/server.js'

let server: ExampleProcess

beforeAll(async () => {
  ensureBuilt()
  server = await startExample(['--example', 'hello-restful'])
}, buildTimeoutMs)

afterAll(async () => {
  await server?.stop()
})

test('routes of the container and of Express are served side by side', async () => {
  expect((await send(`${server.url}/`)).text).toBe('hello from Express')
  const read = await send(`${server.url}/users/1`)
  expect(read.json()).toEqual({ id: '1', name: 'Ada' })
  expect(read.headers['x-served-by']).toBe('restful')
})

test('a body that express.json() has read is what the route gets', async () => {
  const made = await send(`${server.url}/users/2`, { method: 'PUT', body: { name: 'Grace' } })
  expect(made.json()).toEqual({ id: '2', name: 'Grace' })
  expect((await send(`${server.url}/users`)).json()).toContainEqual({ id: '2', name: 'Grace' })
  expect((await send(`${server.url}/users/2`, { method: 'PUT', body: { name: 5 } })).status).toBe(400)
})

test('a wrong method, media type or name is answered as go-restful answers it', async () => {
  const wrongMethod = await send(`${server.url}/users/1`, { method: 'DELETE' })
  expect(wrongMethod.status).toBe(405)
  expect(wrongMethod.headers.allow).toBe('GET, PUT')
  const headers = { 'content-type': 'text/plain' }
  expect((await send(`${server.url}/users/1`, { method: 'PUT', headers, body: 'x' })).status).toBe(415)
  expect((await send(`${server.url}/users/1`, { headers: { accept: 'text/html' } })).status).toBe(406)
  expect((await send(`${server.url}/users/nobody`)).status).toBe(404)
})

test('flags of a store are refused, for it keeps nothing', async () => {
  const { code, stderr } = await runExample(['--example', 'hello-restful', '--data', 'x'])
  expect(code).toBe(2)
  expect(stderr).toBe('hello-restful keeps no objects: --data and --etcd-servers mean nothing to it\n')
})
