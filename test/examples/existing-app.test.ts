import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { buildTimeoutMs, type ExampleProcess, ensureBuilt, runExample, startExample } from '../support/cli.js'
import { kubectl, kubectlBinaries } from '../support/kubectl.js'
import { openWatch, send } from '../support/server.js'

const scratch = mkdtempSync(join(tmpdir(), 'express-apiserver-existing-'))
const orders = '/k8s/apis/shop.example.com/v1/namespaces/default/orders'
let server: ExampleProcess
const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` })
const clerk = basic('clerk:tea')

beforeAll(async () => {
  ensureBuilt()
  server = await startExample(['--example', 'existing-app'])
}, buildTimeoutMs)

afterAll(async () => {
  await server?.stop()
  rmSync(scratch, { recursive: true, force: true })
})

test('the routes of the app go on, with its JSON bodies and helmet', async () => {
  expect((await send(`${server.url}/`)).text).toBe('the shop is open')
  const feedback = await send(`${server.url}/feedback`, { body: { stars: 5 } })
  expect(feedback.json()).toEqual({ received: { stars: 5 } })
  expect(feedback.headers['content-security-policy']).toBeDefined()
})

test('nothing of the API is outside its prefix', async () => {
  expect((await send(`${server.url}/apis`)).status).toBe(404)
  expect((await send(`${server.url}/k8s/apis`)).json()).toMatchObject({ kind: 'APIGroupList' })
})

test('the login of the app says who may change orders', async () => {
  const path = `${server.url}${orders}/mine`
  const order = { metadata: { name: 'mine' }, spec: { item: 'tea' } }
  expect((await send(`${server.url}${orders}`, { body: order })).status).toBe(201)
  expect((await send(path, { method: 'DELETE' })).json()).toMatchObject({ code: 403, reason: 'Forbidden' })
  expect((await send(path, { method: 'DELETE', headers: basic('clerk:coffee') })).text).toBe('who are you?')
  expect((await send(path, { method: 'DELETE', headers: clerk })).status).toBe(200)
})

test('an order is created with its defaults, watched and checked against its schema', async () => {
  const watch = await openWatch(`${server.url}${orders}?watch=true`, { 'accept-encoding': 'gzip;q=0' })
  const made = await send(`${server.url}${orders}`, { body: { metadata: { name: 'a' }, spec: { item: 'tea' } } })
  expect(made.status, made.text).toBe(201)
  expect(made.json()).toMatchObject({ spec: { item: 'tea', quantity: 1 } })
  expect(await watch.until((events) => events.length > 0)).toMatchObject([{ type: 'ADDED', object: made.json() }])
  watch.cancel()
  const wrong = await send(`${server.url}${orders}`, {
    body: { metadata: { name: 'b' }, spec: { item: 'tea', quantity: 0 } },
  })
  expect(wrong.status).toBe(422)
  expect(wrong.json()).toMatchObject({ reason: 'Invalid', message: expect.stringContaining('spec.quantity') })
})

test('a page watches by websocket below the prefix, and nowhere else', async () => {
  const base = server.url.replace('http', 'ws')
  const opened = (path: string) =>
    new Promise((resolve) => {
      const socket = new WebSocket(`${base}${path}?watch=true`)
      socket.on('open', () => resolve('open'))
      socket.on('open', () => socket.terminate())
      socket.on('error', () => {})
      socket.on('unexpected-response', (request, response) => {
        resolve(response.statusCode)
        request.destroy()
      })
    })
  expect([await opened(orders), await opened(orders.slice('/k8s'.length))]).toEqual(['open', 404])
})

for (const binary of kubectlBinaries)
  describe.runIf(binary.there)(binary.name, () => {
    test('a path in --server works: apply, get by short name, explain; deletion is for staff', async () => {
      const k = kubectl(binary, `${server.url}/k8s`, join(scratch, binary.name.replaceAll(/\W/g, '-')))
      const manifest = join(import.meta.dirname, '../../examples/existing-app/order.yaml')
      expect(await k.ok(['apply', '-f', manifest])).toContain('order.shop.example.com/first-order created')
      expect(await k.ok(['apply', '-f', manifest])).toContain('unchanged')
      expect(await k.ok(['get', 'ord', 'first-order', '-o', 'jsonpath={.spec.item}'])).toBe('tea')
      expect(await k.ok(['explain', 'orders.spec'])).toContain('How many of it.')
      const refused = await k.run(['delete', '-f', manifest])
      expect(refused.stderr).toContain('User "system:anonymous" cannot delete resource "orders"')
      // kubectl sends credentials by https alone.
      expect((await send(`${server.url}${orders}/first-order`, { method: 'DELETE', headers: clerk })).status).toBe(200)
    })
  })

test('it is mounted by use and no other way', async () => {
  const { code, stderr } = await runExample(['--example', 'existing-app', '--mount', 'front'])
  expect({ code, stderr }).toEqual({ code: 2, stderr: 'existing-app cannot be mounted by front, only by use\n' })
})
