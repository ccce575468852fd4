import { mkdtempSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import { apiserver, defineResource, lmdb } from 'express-apiserver'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { send } from '../support/server.js'

const data = mkdtempSync(join(tmpdir(), 'express-apiserver-user-'))

const flunders = defineResource({
  group: 'wardle.example.com',
  version: 'v1alpha1',
  kind: 'Flunder',
  plural: 'flunders',
  scope: 'Namespaced',
  schema: {
    type: 'object',
    properties: { spec: { type: 'object', properties: { reference: { type: 'string' } } } },
  },
})

const fischers = defineResource({
  group: 'wardle.example.com',
  version: 'v1alpha1',
  kind: 'Fischer',
  plural: 'fischers',
  scope: 'Cluster',
  schema: z.object({ disallowedFlunders: z.array(z.string()).optional() }),
})

const api = apiserver({ resources: [flunders, fischers], storage: lmdb(data) })
const app = express()
app.use(api)
app.get('/', (_req, res) => {
  res.send('my own routes go on as before')
})

let server: Server
let url: string

beforeAll(async () => {
  server = app.listen(0, '127.0.0.1')
  await api.ready()
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(async () => {
  await api.close()
  server.close()
  server.closeAllConnections()
  rmSync(data, { recursive: true, force: true })
})

test('the resource is served and the own routes go on', async () => {
  const collection = `${url}/apis/wardle.example.com/v1alpha1/namespaces/default/flunders`
  const made = await send(collection, { body: { metadata: { name: 'a' }, spec: { reference: 'b' } } })
  expect(made.status, made.text).toBe(201)
  expect(made.json()).toMatchObject({
    apiVersion: 'wardle.example.com/v1alpha1',
    kind: 'Flunder',
    spec: { reference: 'b' },
  })
  expect((await send(`${collection}/a`)).json()).toEqual(made.json())
  expect((await send(`${url}/`)).text).toBe('my own routes go on as before')
})

test('a zod object is as good a schema as an OpenAPI one', async () => {
  const collection = `${url}/apis/wardle.example.com/v1alpha1/fischers`
  const body = { metadata: { name: 'f' }, disallowedFlunders: ['a'] }
  expect((await send(collection, { body })).json()).toMatchObject({ kind: 'Fischer', disallowedFlunders: ['a'] })
  const wrong = await send(collection, { body: { metadata: { name: 'g' }, disallowedFlunders: 'a' } })
  expect(wrong.json()).toMatchObject({ kind: 'Status', status: 'Failure' })
  expect([400, 422]).toContain(wrong.status)
})
