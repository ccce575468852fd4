import { type AdmissionPlugin, forbidden, type KubeObject } from 'express-apiserver'
import { describe, expect, test } from 'vitest'
import { backgroundContext } from '../../lib/meta/context.js'
import { create, freshPath, served, V1, V2, widget } from '../server/harness.js'

const asked: string[] = []
const plugin: AdmissionPlugin = {
  name: 'Doorkeeper',
  handles: ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'],
  admit(_, { object, operation, subresource, name, dryRun }) {
    asked.push(`${operation} ${name}${subresource && `/${subresource}`}${dryRun ? ' dry' : ''}`)
    if (object?.metadata.annotations?.['label-me']) object.metadata.labels = { labelled: 'yes' }
  },
  validate(_, { resource, name, object, oldObject }) {
    const { annotations = {} } = (object ?? oldObject)?.metadata ?? {}
    if (annotations.forbid) throw forbidden(resource, name, 'the doorkeeper says no')
    if (annotations.crash) throw new TypeError('a bug in the plugin')
    if (name === 'no-entry') throw forbidden(resource, name, 'no entry')
  },
}

const server = served({ admission: [plugin] })
const GADGETS = `${V2}/gadgets`
const merge = { 'content-type': 'application/merge-patch+json' }
const annotated = (name: string, annotation: string) => widget(name, {}, { annotations: { [annotation]: 'yes' } })

let gadgets = 0
const freshName = () => `gadget-${++gadgets}`
const revision = () => server.kv.currentRevision(backgroundContext())

describe('versions', () => {
  test('convert through the internal form, both ways, whichever is stored', async () => {
    const v1 = freshPath(V1)
    const v2 = v1.replace(V1, V2)
    await create(server, v1, widget('a', { size: '3x4' }))
    await create(server, v2, widget('b', { width: 5, height: 6 }))
    expect((await server.send(`${v2}/a`)).json()).toMatchObject({
      apiVersion: 'example.com/v2',
      spec: { width: 3, height: 4 },
    })
    expect((await server.send(`${v1}/b`)).json()).toMatchObject({ apiVersion: 'example.com/v1', spec: { size: '5x6' } })
    const { items } = (await server.send(v2)).json<{ items: KubeObject[] }>()
    expect(items.map(({ apiVersion }) => apiVersion)).toEqual(['example.com/v2', 'example.com/v2'])
    const { kv: pair } = await server.kv.get(
      backgroundContext(),
      `/registry/example.com/widgets/${v1.split('/').at(-2)}/b`,
    )
    expect(pair?.value.toString()).toMatch(/^\{"kind":"Widget","apiVersion":"example\.com\/v1","metadata":\{/)
    expect(pair?.value.toString()).not.toContain('resourceVersion')
  })

  test('have defaults of their own', async () => {
    const v1 = freshPath(V1)
    expect((await create(server, v1, widget('a'))).spec).toEqual({ color: 'grey' })
    expect((await create(server, v1.replace(V1, V2), { metadata: { name: 'b' } })).spec).toEqual({})
  })

  test('of another path than the body’s are refused', async () => {
    const body = { apiVersion: 'example.com/v1', kind: 'Widget', ...widget('a') }
    const answer = await server.send(freshPath(V2), { body })
    expect(answer.json()).toMatchObject({
      code: 400,
      message: 'the API version in the data (example.com/v1) does not match the expected API version (example.com/v2)',
    })
  })

  test('on their way out say so in every answer, errors too', async () => {
    const warning =
      '299 - "example.com/v1 Widget is deprecated in v1.3+, unavailable in v1.10+; use example.com/v2 Widget"'
    expect((await server.send(freshPath(V1))).headers.warning).toBe(warning)
    expect((await server.send(`${freshPath(V1)}/none`)).headers.warning).toBe(warning)
    expect((await server.send(freshPath(V2))).headers).not.toHaveProperty('warning')
  })
})

describe('admission', () => {
  test('is asked about every write, by its operation', async () => {
    const path = freshPath()
    asked.length = 0
    await create(server, path, widget('a'))
    await server.send(`${path}/a`, { method: 'PATCH', headers: merge, body: '{"spec":{"color":"red"}}' })
    await server.send(`${path}/a/status`, { method: 'PATCH', headers: merge, body: '{"status":{"x":1}}' })
    await server.send(`${path}/a?dryRun=All`, { method: 'DELETE' })
    await server.send(path, { method: 'DELETE' })
    expect(asked).toEqual(['CREATE a', 'UPDATE a', 'UPDATE a/status', 'DELETE a dry', 'DELETE a'])
  })

  test('may change what is stored', async () => {
    const made = await create(server, freshPath(), annotated('a', 'label-me'))
    expect(made.metadata.labels).toEqual({ labelled: 'yes' })
  })

  test('may refuse, and then nothing is stored', async () => {
    const path = freshPath()
    const answer = await server.send(path, { body: annotated('a', 'forbid') })
    expect(answer.json()).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      message: 'widgets.example.com "a" is forbidden: the doorkeeper says no',
    })
    expect((await server.send(`${path}/a`)).status).toBe(404)
    await create(server, path, widget('b'))
    const body = '{"metadata":{"annotations":{"forbid":"yes"}}}'
    expect((await server.send(`${path}/b`, { method: 'PATCH', headers: merge, body })).status).toBe(403)
    expect((await server.send(`${path}/b`)).json<KubeObject>().metadata).not.toHaveProperty('annotations')
  })

  test('that fails is an error of the server, and the server goes on', async () => {
    const path = freshPath()
    const answer = await server.send(path, { body: annotated('a', 'crash') })
    expect(answer.json()).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'Internal error occurred: an unexpected error, which the log of the server tells',
      reason: 'InternalError',
      details: { causes: [{ message: 'an unexpected error, which the log of the server tells' }] },
      code: 500,
    })
    await create(server, path, widget('a'))
  })
})

describe('a dry run', () => {
  test('of every verb stores nothing', async () => {
    const path = freshPath()
    const made = await create(server, path, widget('a'))
    const gadget = freshName()
    const before = await revision()
    const all = await Promise.all([
      server.send(`${path}?dryRun=All`, { body: widget('b') }),
      server.send(`${path}/a?dryRun=All`, { method: 'PUT', body: { ...made, spec: { color: 'red' } } }),
      server.send(`${path}/a?dryRun=All`, { method: 'PATCH', headers: merge, body: '{"spec":{"color":"red"}}' }),
      server.send(`${path}/a/status?dryRun=All`, { method: 'PATCH', headers: merge, body: '{"status":{"x":1}}' }),
      server.send(`${path}/a?dryRun=All`, { method: 'DELETE' }),
      server.send(`${path}/a`, { method: 'DELETE', body: { kind: 'DeleteOptions', dryRun: ['All'] } }),
      server.send(`${path}?dryRun=All`, { method: 'DELETE' }),
      server.send(`${GADGETS}/${gadget}?dryRun=All`, { method: 'PUT', body: widget(gadget) }),
    ])
    expect(all.map(({ status }) => status)).toEqual([201, 200, 200, 200, 200, 200, 200, 201])
    expect(all[1]?.json()).toMatchObject({ spec: { color: 'red' }, metadata: { generation: 2 } })
    expect(await revision()).toBe(before)
  })

  test('that is none is refused', async () => {
    const answer = await server.send(`${freshPath()}?dryRun=yes`, { body: widget('a') })
    expect(answer.json()).toMatchObject({ code: 422, reason: 'Invalid' })
  })
})

describe('the status subresource', () => {
  test('is read, replaced and patched on its own', async () => {
    const path = freshPath()
    const made = await create(server, path, { ...widget('a', { color: 'red' }), status: { x: 0 } })
    expect(made).not.toHaveProperty('status')
    const body = { ...made, spec: { color: 'blue' }, status: { x: 1 } }
    const put = (await server.send(`${path}/a/status`, { method: 'PUT', body })).json<KubeObject>()
    expect(put).toMatchObject({ spec: { color: 'red' }, status: { x: 1 }, metadata: { generation: 1 } })
    expect((await server.send(`${path}/a/status`)).json()).toEqual(put)
    const main = await server.send(`${path}/a`, { method: 'PUT', body: { ...put, status: { x: 2 }, spec: {} } })
    expect(main.json()).toMatchObject({ status: { x: 1 }, spec: {}, metadata: { generation: 2 } })
  })

  test.each(['POST', 'DELETE'])('cannot be %sed', async (method) => {
    expect((await server.send(`${freshPath()}/a/status`, { method })).status).toBe(405)
  })

  test('of nothing is not there', async () => {
    const answer = await server.send(`${freshPath()}/a/status`)
    expect(answer.json()).toMatchObject({ code: 404, message: 'widgets.example.com "a" not found' })
  })
})

describe('subresources of the kind’s own', () => {
  test('a connection speaks for itself, also below its path', async () => {
    const name = freshName()
    await create(server, GADGETS, widget(name))
    const proxy = `${GADGETS}/${name}/proxy`
    expect((await server.send(proxy)).text).toBe(`GET ${name}  for system:anonymous`)
    expect((await server.send(`${proxy}/deep/er/path?x=y`, { method: 'POST' })).text).toBe(
      `POST ${name} deep/er/path for system:anonymous`,
    )
    expect((await server.send(proxy, { method: 'PUT' })).status).toBe(405)
  })

  test('a connection that cannot be made is a Status', async () => {
    expect((await server.send(`${GADGETS}/none/proxy`)).json()).toMatchObject({
      code: 404,
      message: 'gadgets.example.com "none" not found',
    })
    expect((await server.send(`${GADGETS}/no-entry/proxy`)).json()).toMatchObject({ code: 403 })
    expect((await server.send(`${GADGETS}/none/proxy?dryRun=All`)).json()).toMatchObject({
      code: 400,
      message: 'dryRun is not supported',
    })
  })

  test('a named create makes something below an object', async () => {
    const name = freshName()
    await create(server, GADGETS, widget(name))
    const bound = await server.send(`${GADGETS}/${name}/binding`, { body: widget('ignored', { to: 'node' }) })
    expect([bound.status, bound.json<KubeObject>().spec]).toEqual([201, { bound: { to: 'node' } }])
  })
})

describe('a PUT of a kind that', () => {
  test('allows it makes what is missing (201), and overwrites blindly (200)', async () => {
    const name = freshName()
    const put = (spec: object) => server.send(`${GADGETS}/${name}`, { method: 'PUT', body: widget(name, spec) })
    const first = await put({ a: 1 })
    const second = await put({ a: 2 })
    expect([first.status, second.status]).toEqual([201, 200])
    const [uid, again] = [first, second].map((answer) => answer.json<KubeObject>().metadata.uid)
    expect(again).toBe(uid)
  })

  test('does not allow it is told what is missing', async () => {
    const path = freshPath()
    const put = () => server.send(`${path}/a`, { method: 'PUT', body: widget('a') })
    expect((await put()).json()).toMatchObject({ code: 404, reason: 'NotFound' })
    await create(server, path, widget('a'))
    const status = (await put()).json<{ message: string }>()
    expect(status).toMatchObject({ code: 422, reason: 'Invalid' })
    expect(status.message).toContain('must be specified for an update')
  })

  test('changes nothing but the order of fields writes nothing', async () => {
    const path = freshPath()
    const made = await create(server, path, widget('a', { color: 'red', width: 1, height: 2 }))
    const { metadata, ...rest } = made
    const turned = Object.fromEntries(Object.entries(rest).reverse())
    const body = {
      ...turned,
      spec: { height: 2, width: 1, color: 'red' },
      metadata: Object.fromEntries(Object.entries(metadata).reverse()),
    }
    const before = await revision()
    const answer = await server.send(`${path}/a`, { method: 'PUT', body })
    expect([answer.status, answer.json<KubeObject>().metadata.resourceVersion]).toEqual([200, metadata.resourceVersion])
    expect(await revision()).toBe(before)
  })
})

describe('a deletion of many', () => {
  test.each(['DELETE', 'POST'])('%s below an empty namespace reaches nothing', async (method) => {
    const path = freshPath()
    await create(server, path, widget('a'))
    const answer = await server.send(`${V2}/namespaces//widgets`, {
      method,
      body: method === 'POST' ? widget('b') : '',
    })
    expect(answer.json()).toMatchObject({ code: 400, message: 'Namespace parameter required.' })
    expect((await server.send(`${path}/a`)).status).toBe(200)
  })

  test('selects by fields of the kind, and by those alone', async () => {
    const path = freshPath()
    await create(server, path, widget('a', { color: 'red' }))
    await create(server, path, widget('b', { color: 'blue' }))
    const unknown = await server.send(`${path}?fieldSelector=spec.width%3D1`, { method: 'DELETE' })
    expect(unknown.json()).toMatchObject({ code: 400 })
    expect(unknown.json<{ message: string }>().message).toContain('"spec.width" is not a known field selector: only ')
    const gone = await server.send(`${path}?fieldSelector=spec.color%3Dred`, { method: 'DELETE' })
    expect(gone.json<{ items: KubeObject[] }>().items.map(({ metadata }) => metadata.name)).toEqual(['a'])
    const { items } = (await server.send(path)).json<{ items: KubeObject[] }>()
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['b'])
  })
})

test('two clients that change one object at once both succeed by patch, and one by update', async () => {
  const path = freshPath()
  const made = await create(server, path, widget('a'))
  const patches = await Promise.all(
    Array.from({ length: 8 }, (_, i) =>
      server.send(`${path}/a`, { method: 'PATCH', headers: merge, body: `{"metadata":{"labels":{"l${i}":"x"}}}` }),
    ),
  )
  expect(patches.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200))
  const { metadata } = (await server.send(`${path}/a`)).json<KubeObject>()
  expect(Object.keys(metadata.labels ?? {})).toHaveLength(8)
  const stale = await server.send(`${path}/a`, { method: 'PUT', body: { ...made, spec: { color: 'red' } } })
  expect(stale.json()).toMatchObject({ code: 409, reason: 'Conflict' })
})
