import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { buildTimeoutMs, ensureBuilt } from '../support/cli.js'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** What is long to load, and of no use to a server that was not asked for what it does. */
const heavy = ['@grpc/grpc-js', 'etcd3', 'fast-xml-parser', 'jose', 'protobufjs', 'ws', 'yaml']

/** Tells after each step which packages the process has loaded by then. */
const program = `
import { createRequire, register } from 'node:module'
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
const { port1, port2 } = new MessageChannel()
port1.unref()
const hooks = \`
  let port
  export function initialize(given) { port = given }
  export function load(url, context, next) { port.postMessage(url); return next(url, context) }
\`
register('data:text/javascript,' + encodeURIComponent(hooks), { data: port2, transferList: [port2] })
const urls = []
const loaded = {}
const tell = (step) => {
  for (let got = receiveMessageOnPort(port1); got; got = receiveMessageOnPort(port1)) urls.push(got.message)
  const paths = [...urls, ...Object.keys(createRequire(process.cwd() + '/x.js').cache)]
  const names = paths.map((path) => /node_modules\\/((?:@[^/]+\\/)?[^/]+)\\//.exec(path)?.[1])
  loaded[step] = [...new Set(names)].filter((name) => name !== undefined).sort()
}
const { apiserver, defineResource, etcd, lmdb, ServiceAccountTokens } = await import('express-apiserver')
const { generateKeyPairSync } = await import('node:crypto')
const { mkdtempSync, rmSync } = await import('node:fs')
const { createServer } = await import('node:http')
const { tmpdir } = await import('node:os')
const { join } = await import('node:path')
tell('import')

const widgets = defineResource({
  group: 'example.com', version: 'v1', kind: 'Widget', plural: 'widgets', scope: 'Namespaced',
  schema: { type: 'object', properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } } },
})
const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-loaded-'))
const options = { resources: [widgets], health: true, metrics: true, index: true }
const api = apiserver({ ...options, storage: lmdb(folder) })
const server = createServer(api.handler((req, res) => res.end()))
await api.ready()
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const url = 'http://127.0.0.1:' + server.address().port
const ask = async (path, type, body) => {
  const answer = await fetch(url + path, body && { method: 'POST', headers: { 'content-type': type }, body })
  await answer.text()
  if (!answer.ok) throw new Error(path + ' answered ' + answer.status)
}
const widget = (name) => JSON.stringify({ metadata: { name }, spec: { size: 1 } })
const all = '/apis/example.com/v1/namespaces/default/widgets'
await ask(all, 'application/json', widget('a'))
await ask(all, 'application/yaml', widget('b'))
for (const path of [all, all + '/a', '/readyz', '/metrics', '/openapi/v2', '/openapi/v3']) await ask(path)
tell('JSON')
await ask(all, 'application/yaml', 'metadata: { name: c }')
tell('YAML')
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const signingKey = privateKey.export({ type: 'pkcs8', format: 'pem' })
const tokens = new ServiceAccountTokens({ issuer: 'https://example.com', signingKey })
tell('keys of tokens')
await tokens.issue({ namespace: 'a', name: 'b' })
tell('tokens')
const kv = etcd({ hosts: '127.0.0.1:1', dialTimeoutMs: 50 })
tell('a store on etcd')
await kv.open({ signal: new AbortController().signal }).catch(() => {})
tell('its opening')
console.log(JSON.stringify(loaded))
await api.close()
server.close()
server.closeAllConnections()
rmSync(folder, { recursive: true })
process.exit()
`

let loaded: Record<string, string[]>

beforeAll(() => {
  ensureBuilt()
  const args = ['--input-type=module', '-e', program]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  loaded = JSON.parse(stdout) as Record<string, string[]>
}, buildTimeoutMs)

/** What of the heavy ones was there after a step. */
const heavyAt = (step: string): string[] => heavy.filter((name) => loaded[step]!.includes(name))

test('the import loads none of what not every server needs, and no database', () => {
  expect(heavyAt('import')).toEqual([])
  expect(loaded.import).not.toContain('lmdb')
})

test('a server on lmdb that is spoken to in JSON loads nothing of etcd, YAML, tokens, XML or WebSockets', () => {
  expect(loaded.JSON).toContain('lmdb')
  expect(heavyAt('JSON')).toEqual([])
})

test('each is loaded by its first use', () => {
  expect(heavyAt('YAML')).toEqual(['yaml'])
  expect(heavyAt('keys of tokens')).toEqual(['yaml'])
  expect(heavyAt('tokens')).toEqual(['jose', 'yaml'])
  expect(heavyAt('a store on etcd')).toEqual(['jose', 'yaml'])
  expect(heavyAt('its opening')).toEqual(['@grpc/grpc-js', 'etcd3', 'jose', 'protobufjs', 'yaml'])
})
