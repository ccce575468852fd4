import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ApiServer, apiserver, lmdb } from 'express-apiserver'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { flunders } from '../../../examples/sample-apiserver/flunder.js'
import { defineResource } from '../../../lib/server/index.js'
import { kubectl, kubectlBinaries } from '../../support/kubectl.js'
import { type ListeningServer, listenOn, type Sent, send } from '../../support/server.js'
import { crewSpec } from './crews.js'

const crews = defineResource({
  group: 'sea.example.com',
  version: 'v1',
  kind: 'Crew',
  plural: 'crews',
  scope: 'Namespaced',
  statusSubresource: true,
  schema: {
    type: 'object',
    properties: { spec: crewSpec, status: { type: 'object', properties: { ready: { type: 'integer' } } } },
  },
})

const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-managers-'))
let api: ApiServer
let server: ListeningServer

beforeAll(async () => {
  api = apiserver({ resources: [crews, flunders], storage: lmdb(join(folder, 'store')) })
  await api.ready()
  server = await listenOn(api.handler((_req, res) => res.writeHead(404).end()))
})

afterAll(async () => {
  await api?.close()
  await server?.close()
  rmSync(folder, { recursive: true, force: true })
})

const APPLY = { 'content-type': 'application/apply-patch+yaml' }
const MERGE = { 'content-type': 'application/merge-patch+json' }
const collection = '/apis/sea.example.com/v1/namespaces/n/crews'
const flunderCollection = '/apis/wardle.example.com/v1alpha1/namespaces/n/flunders'

type Body = Record<string, unknown> & { readonly metadata: Record<string, unknown>; readonly message?: string }

async function request(
  path: string,
  sent: Sent,
): Promise<{ readonly status: number; readonly body: Body; readonly warning: unknown }> {
  const answer = await send(`${server.url}${path}`, sent)
  return { status: answer.status, body: JSON.parse(answer.text) as Body, warning: answer.headers.warning }
}

const config = (name: string, spec: unknown, rest: object = {}): object => ({
  apiVersion: 'sea.example.com/v1',
  kind: 'Crew',
  metadata: { name },
  spec,
  ...rest,
})

const apply = (path: string, body: unknown, query = 'fieldManager=one') =>
  request(`${collection}/${path}?${query}`, { method: 'PATCH', headers: APPLY, body })

const managersOf = (body: Body): unknown =>
  (body.metadata.managedFields as Record<string, unknown>[] | undefined)?.map(
    ({ manager, operation, subresource, fieldsV1 }) => [
      [manager, operation, ...(subresource ? [subresource] : [])].join('/'),
      fieldsV1,
    ],
  )

describe('over HTTP', () => {
  test('an apply makes what is not there, and only what is not there', async () => {
    const first = await apply('made', config('made', { captain: 'c' }))
    expect([first.status, managersOf(first.body)]).toEqual([201, [['one/Apply', { 'f:spec': { 'f:captain': {} } }]]])
    const again = await apply('made', config('made', { captain: 'c' }))
    expect([again.status, again.body.metadata.resourceVersion]).toEqual([200, first.body.metadata.resourceVersion])
  })

  test('a custom resource owns its containers on create, and a program is known by its name', async () => {
    const { body } = await request(collection, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'fleet/1.0 (linux)' },
      body: config('posted', { captain: 'c', home: {} }),
    })
    expect(managersOf(body)).toEqual([['fleet/Update', { 'f:spec': { '.': {}, 'f:captain': {}, 'f:home': {} } }]])
  })

  test('who makes an object does not own what of it only the server may say', async () => {
    const { metadata, ...rest } = config('wiped', { captain: 'c' }) as Body
    const claims = { uid: 'mine', deletionTimestamp: '2001-01-01T00:00:00Z', deletionGracePeriodSeconds: 5 }
    const { body } = await request(collection, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'fleet/1.0' },
      body: { ...rest, metadata: { ...metadata, ...claims } },
    })
    expect(managersOf(body)).toEqual([['fleet/Update', { 'f:spec': { '.': {}, 'f:captain': {} } }]])
  })

  test.each([
    ['the same again', (body: Body) => body],
    ['its keys in another order', (body: Body) => Object.fromEntries(Object.entries(body).reverse())],
    ['managers left out', (body: Body) => ({ ...body, metadata: { ...body.metadata, managedFields: undefined } })],
  ])('a PUT of %s by somebody else writes nothing', async (title, change) => {
    const name = `same-${title.length}`
    const { body } = await apply(name, config(name, { captain: 'c', tags: { a: '1', b: '2' } }))
    const put = await request(`${collection}/${name}?fieldManager=two`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: change(body),
    })
    expect(put.body.metadata.resourceVersion).toBe(body.metadata.resourceVersion)
    expect(managersOf(put.body)).toEqual(managersOf(body))
  })

  test('status belongs to who writes it through its own endpoint', async () => {
    await apply('status', config('status', { captain: 'c' }))
    const { status, body } = await apply(
      'status/status',
      config('status', undefined, { status: { ready: 1 } }),
      'fieldManager=two',
    )
    expect([status, body.status]).toEqual([200, { ready: 1 }])
    const patched = await request(`${collection}/status/status?fieldManager=three`, {
      method: 'PATCH',
      headers: MERGE,
      body: { spec: { captain: 'ignored' }, status: { ready: 2 } },
    })
    expect(patched.body.spec).toEqual({ captain: 'c' })
    expect(managersOf(patched.body)).toEqual([
      ['one/Apply', { 'f:spec': { 'f:captain': {} } }],
      ['three/Update/status', { 'f:status': { 'f:ready': {} } }],
    ])
  })

  test.each([
    ['crews, which keep empty lists', collection, config('reset', { captain: 'c' })],
    [
      'flunders, which lose them',
      flunderCollection,
      { apiVersion: 'wardle.example.com/v1alpha1', kind: 'Flunder', metadata: { name: 'reset' } },
    ],
  ])('an empty list of managers forgets them, of %s, by PUT and by patch', async (_, path, body) => {
    const url = `${path}/reset`
    const sent = { method: 'PATCH', headers: APPLY, body: { ...body, metadata: { name: 'reset', labels: { a: '1' } } } }
    const { body: applied } = await request(`${url}?fieldManager=one`, sent)
    const forgetful = { ...applied, metadata: { ...applied.metadata, managedFields: [] } }
    const put = await request(url, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: forgetful })
    expect([put.status, put.body.metadata.managedFields]).toEqual([200, undefined])
    expect(managersOf((await request(`${url}?fieldManager=one`, sent)).body)).not.toBeUndefined()
    const patched = await request(url, { method: 'PATCH', headers: MERGE, body: { metadata: { managedFields: [] } } })
    expect([patched.status, patched.body.metadata.managedFields]).toEqual([200, undefined])
  })

  test('a dry run shows the managers and keeps none of it', async () => {
    const shown = await apply('dry', config('dry', { captain: 'c' }), 'fieldManager=one&dryRun=All')
    expect([shown.status, managersOf(shown.body)]).toEqual([201, [['one/Apply', { 'f:spec': { 'f:captain': {} } }]]])
    expect((await request(`${collection}/dry`, {})).status).toBe(404)
  })

  test('nothing is made by an apply below what does not exist', async () => {
    const applied = { ...config('missing', undefined), status: { ready: 1 } }
    const path = `${collection}/missing/status?fieldManager=one`
    const refused = await request(path, { method: 'PATCH', headers: APPLY, body: applied })
    expect([refused.status, refused.body.reason]).toEqual([404, 'NotFound'])
  })

  test('a key that stands twice is told, or refused where that is asked for', async () => {
    const twice =
      'apiVersion: sea.example.com/v1\nkind: Crew\nmetadata: {name: twice}\nspec: {captain: a, captain: b}\n'
    const warned = await apply('twice', twice)
    expect([warned.status, warned.warning]).toEqual([
      201,
      expect.stringContaining('line 4: key \\"captain\\" already set in map'),
    ])
    const refused = await apply('twice', twice, 'fieldManager=one&fieldValidation=Strict')
    expect([refused.status, refused.body.message]).toEqual([
      400,
      expect.stringMatching(/^error strict decoding YAML: /),
    ])
  })

  test.each([
    ['no YAML', '{a: [}', 400, /^error decoding YAML: /],
    ['a list', '[]', 400, /^error decoding YAML: /],
    ['nothing', '', 400, /^invalid object type: \/, Kind=$/],
    ['another name', config('other', {}), 400, /does not match the name on the URL/],
    ['another namespace', { ...config('x', {}), metadata: { name: 'x', namespace: 'm' } }, 400, /namespace/],
    ['no name', { ...config('x', {}), metadata: {} }, 400, /name must be provided/],
    [
      'a uid of nothing',
      { ...config('x', {}), metadata: { name: 'x', uid: 'u' } },
      409,
      /uid mismatch: the provided object specified uid u/,
    ],
    ['an unknown field', config('x', { colour: 1 }), 500, /\.spec\.colour: field not declared in schema$/],
    ['nesting beyond all bounds', `{"metadata":${'['.repeat(5_000)}${']'.repeat(5_000)}}`, 400, /depth/],
  ])('an apply of %s is refused', async (_, body, status, message) => {
    const answer = await apply('x', body)
    expect([answer.status, answer.body.message]).toEqual([status, expect.stringMatching(message)])
  })

  test.each([
    ['passed over where they make no sense', 10, 200],
    ['refused by the megabyte', 150_000, 413],
  ])('forged managers are %s', async (_, length, status) => {
    const { body } = await apply('forged', config('forged', { captain: 'c' }))
    const fieldsV1 = Object.fromEntries(Array.from({ length }, (_, index) => [`${index}`, {}]))
    const managedFields = [
      { manager: 'x', operation: 'Update', apiVersion: 'sea.example.com/v1', fieldsType: 'FieldsV1', fieldsV1 },
    ]
    const patched = await request(`${collection}/forged`, {
      method: 'PATCH',
      headers: MERGE,
      body: { metadata: { managedFields } },
    })
    expect(patched.status).toBe(status)
    const stored = await request(`${collection}/forged`, {})
    expect(managersOf(stored.body)).toEqual(managersOf(body))
  })
})

describe.each(kubectlBinaries.filter(({ there }) => there))('$name', (binary) => {
  const manifest = (name: string, spec: object): string =>
    JSON.stringify({ ...config(name, spec), metadata: { name, namespace: 'k' } })

  test('applies as two managers: shows conflicts, shares, takes over by force', async () => {
    const { run, ok } = kubectl(binary, server.url, join(folder, binary.name.replaceAll(' ', '-')))
    const serverSide = ['apply', '--server-side', '--validate=false', '-f', '-']
    await ok(serverSide, { input: manifest('k', { captain: 'c', size: 1 }) })
    const refused = await run([...serverSide, '--field-manager=two'], { input: manifest('k', { captain: 'd' }) })
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringMatching(/Apply failed with 1 conflict: conflict with "kubectl".*: \.spec\.captain/),
    ])
    await ok([...serverSide, '--field-manager=two', '--force-conflicts'], { input: manifest('k', { captain: 'd' }) })
    await ok(serverSide, { input: manifest('k', { size: 1 }) })
    const { body } = await request('/apis/sea.example.com/v1/namespaces/k/crews/k', {})
    expect([body.spec, managersOf(body)]).toEqual([
      { captain: 'd', size: 1 },
      expect.arrayContaining([
        ['kubectl/Apply', { 'f:spec': { 'f:size': {} } }],
        ['two/Apply', { 'f:spec': { 'f:captain': {} } }],
      ]),
    ])
    await ok(['delete', 'crews.sea.example.com', '-n', 'k', 'k'])
  })

  test('goes from client-side to server-side apply without a conflict', async () => {
    const { ok } = kubectl(binary, server.url, join(folder, binary.name.replaceAll(' ', '-')))
    await ok(['apply', '--validate=false', '-f', '-'], { input: manifest('m', { captain: 'c', tags: { a: '1' } }) })
    await ok(['apply', '--server-side', '--validate=false', '-f', '-'], { input: manifest('m', { captain: 'd' }) })
    const { body } = await request('/apis/sea.example.com/v1/namespaces/k/crews/m', {})
    expect((body.spec as Body).captain).toBe('d')
    await ok(['delete', 'crews.sea.example.com', '-n', 'k', 'm'])
  })
})
