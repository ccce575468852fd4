import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildTimeoutMs, ensureBuilt } from '../support/cli.js'
import { type Consumer, installTarball } from './consumer.js'

const tsc = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url))
let consumer: Consumer

beforeAll(() => {
  ensureBuilt()
  consumer = installTarball()
}, buildTimeoutMs)

afterAll(() => consumer?.remove())

/** Serves one resource from a temporary store, reads its discovery document, and closes. */
const program = `
const resource = defineResource({
  group: 'shop.example.com', version: 'v1', kind: 'Order', plural: 'orders', scope: 'Namespaced',
  schema: { type: 'object', properties: { spec: { type: 'object', properties: { item: { type: 'string' } } } } },
})
const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-packed-'))
const api = apiserver({ resources: [resource], storage: lmdb(folder) })
const server = createServer(api.handler((req, res) => res.end('mine')))
new Container().add(new WebService().path('/x'))
api.ready().then(() => server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address()
  const answer = await fetch('http://127.0.0.1:' + port + '/apis/shop.example.com/v1')
  console.log(JSON.stringify((await answer.json()).resources.map((each) => each.name)))
  await api.close()
  server.close()
  server.closeAllConnections()
  rmSync(folder, { recursive: true })
}))
`

test('the tarball holds the compiled library with its types, licence and README, and no sources or tests', () => {
  const names = readdirSync(join(consumer.folder, 'node_modules/express-apiserver'))
  expect(names.sort()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json'])
  for (const entry of ['index', 'restful/index', 'storage/index'])
    for (const extension of ['.js', '.d.ts'])
      expect(existsSync(join(consumer.folder, 'node_modules/express-apiserver/dist', entry + extension)), entry).toBe(
        true,
      )
})

test('it is used from an ES module', () => {
  const imports = `
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apiserver, defineResource, lmdb } from 'express-apiserver'
import { Container, WebService } from 'express-apiserver/restful'
import * as storage from 'express-apiserver/storage'
if (Object.keys(storage).length === 0) throw new Error('no storage')
`
  consumer.write('main.mjs', imports + program)
  const { status, stdout, stderr } = consumer.node('main.mjs')
  expect(stderr).toBe('')
  expect({ status, stdout }).toEqual({ status: 0, stdout: '["orders"]\n' })
})

test('it is used from CommonJS by require, so nothing in it awaits at the top', () => {
  const requires = `
const { mkdtempSync, rmSync } = require('node:fs')
const { createServer } = require('node:http')
const { tmpdir } = require('node:os')
const { join } = require('node:path')
const { apiserver, defineResource, lmdb } = require('express-apiserver')
const { Container, WebService } = require('express-apiserver/restful')
if (Object.keys(require('express-apiserver/storage')).length === 0) throw new Error('no storage')
`
  consumer.write('main.cjs', requires + program)
  const { status, stdout, stderr } = consumer.node('--disable-warning=ExperimentalWarning', 'main.cjs')
  expect(stderr).toBe('')
  expect({ status, stdout }).toEqual({ status: 0, stdout: '["orders"]\n' })
})

test('its types hold in a strict project that checks declaration files too', () => {
  consumer.write(
    'main.ts',
    `
import { createServer } from 'node:http'
import express from 'express'
import { apiserver, defineResource, etcd, lmdb } from 'express-apiserver'
import { Container, CurlyRouter, WebService } from 'express-apiserver/restful'
import type { RevisionedKV } from 'express-apiserver/storage'

const resource = defineResource({ group: 'shop.example.com', version: 'v1', kind: 'Order', plural: 'orders',
  scope: 'Namespaced', schema: { type: 'object' } })
const api = apiserver({ resources: [resource], storage: process.env.ETCD ? etcd({ hosts: [process.env.ETCD] }) : lmdb('./data') })
const app = express()
app.use(api)
app.use('/prefix', api)
createServer(api.handler(app))
export const stopped: Promise<void> = api.ready().then(() => api.close())
export const container = new Container({ router: new CurlyRouter() }).add(new WebService().path('/users'))
export const revision = (kv: RevisionedKV): number => kv.compactedRevision()
// @ts-expect-error a scope is one of two words
defineResource({ group: 'shop.example.com', version: 'v1', kind: 'Order', plural: 'orders', scope: 'Everywhere', schema: {} })
`,
  )
  const compilerOptions = {
    target: 'ES2022',
    module: 'NodeNext',
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
    types: ['node'],
  }
  consumer.write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['main.ts'] }))
  const { status, stdout } = consumer.node(tsc, '-p', '.', '--pretty', 'false')
  expect(stdout).toBe('')
  expect(status).toBe(0)
}, 60_000)
