import { beforeAll, describe, expect, expectTypeOf, test } from 'vitest'
import { type AdmissionPlugin, forbidden, type KubeObject } from '../../lib/index.js'
import { served, widgets } from './harness.js'

const labels: AdmissionPlugin = {
  name: 'Labels',
  handles: ['CREATE', 'UPDATE', 'DELETE'],
  admit(_ctx, { object }) {
    if (object) object.metadata.labels = { ...object.metadata.labels, admitted: 'yes' }
  },
  validate(_ctx, { operation, resource, name }) {
    if (operation === 'DELETE' && name === 'kept') throw forbidden(resource, name, 'it is kept')
  },
}
const { api } = served({ admission: [labels] })
beforeAll(() => api.ready())

let namespaces = 0
const client = () => api.client(widgets, { fieldManager: 'tester' }).namespace(`c-${++namespaces}`)
const managersOf = ({ metadata }: KubeObject) =>
  metadata.managedFields?.map(({ manager, operation, subresource }) => [manager, operation, subresource ?? ''])

describe('a client in the process', () => {
  test('creates as a POST does: defaults, admission, managedFields', async () => {
    const made = await client().create({ metadata: { name: 'a' }, spec: { width: 2, height: 1 } })
    expectTypeOf(made.spec.width).toEqualTypeOf<number | undefined>()
    expect(made.spec).toEqual({ width: 2, height: 1, color: 'grey' })
    expect(made.metadata).toMatchObject({ name: 'a', namespace: `c-${namespaces}`, labels: { admitted: 'yes' } })
    expect(made.metadata.resourceVersion).toMatch(/^\d+$/)
    expect(managersOf(made)).toEqual([['tester', 'Update', '']])
  })

  test('changes nothing of what it is given, and gives out what may be changed', async () => {
    const at = client()
    const given = { metadata: { name: 'a' }, spec: { width: 1 } }
    const made = await at.create(given)
    expect(given).toEqual({ metadata: { name: 'a' }, spec: { width: 1 } })
    made.spec.width = 9
    expect((await at.get('a')).spec.width).toBe(1)
  })

  test('is refused as over HTTP', async () => {
    const at = client()
    const wrong = { metadata: { name: 'A?' }, spec: { width: 1 } }
    await expect(at.create(wrong)).rejects.toMatchObject({ code: 422, reason: 'Invalid' })
    await expect(at.get('none')).rejects.toMatchObject({ code: 404 })
    await expect(at.guaranteedUpdate('none', (object) => object)).rejects.toMatchObject({ code: 404 })
    await at.create({ metadata: { name: 'kept' }, spec: {} })
    await expect(at.create({ metadata: { name: 'kept' }, spec: {} })).rejects.toMatchObject({ code: 409 })
    await expect(at.delete('kept')).rejects.toMatchObject({ code: 403 })
    await expect(at.list({ fieldSelector: 'spec.none=1' })).rejects.toMatchObject({ code: 400 })
    await expect(at.list({ labelSelector: '((' })).rejects.toMatchObject({ code: 400 })
    await expect(api.client(widgets).create({ metadata: { name: 'a' }, spec: {} })).rejects.toMatchObject({ code: 400 })
  })

  test('updates what it has seen, and is refused what was changed meanwhile', async () => {
    const at = client()
    const made = await at.create({ metadata: { name: 'a' }, spec: { width: 1 } })
    const updated = await at.update({ ...made, spec: { width: 2 } })
    expect(updated.spec.width).toBe(2)
    await expect(at.update({ ...made, spec: { width: 3 } })).rejects.toMatchObject({ code: 409, reason: 'Conflict' })
  })

  test('loses no update that it makes of what is stored, however many are made at once', async () => {
    const at = client()
    await at.create({ metadata: { name: 'a' }, spec: { width: 0 } })
    const widen = () =>
      at.guaranteedUpdate('a', (object) => {
        object.spec.width = (object.spec.width ?? 0) + 1
        return object
      })
    await Promise.all(Array.from({ length: 8 }, widen))
    expect((await at.get('a')).spec.width).toBe(8)
  })

  test('writes status alone where it writes status, and is named in managedFields for it', async () => {
    const at = client()
    const made = await at.create({ metadata: { name: 'a' }, spec: { width: 1 } })
    const ready = await api
      .client(widgets, { fieldManager: 'controller' })
      .updateStatus({ ...made, spec: { width: 5 }, status: { ready: true } })
    expect(ready).toMatchObject({ spec: { width: 1 }, status: { ready: true } })
    expect(managersOf(ready)?.sort()).toEqual([
      ['controller', 'Update', 'status'],
      ['tester', 'Update', ''],
    ])
    const again = await at.guaranteedUpdateStatus('a', (object) => ({ ...object, status: { ready: false } }))
    expect(again.status).toEqual({ ready: false })
    await expect(api.client('gadgets.example.com').updateStatus(made)).rejects.toMatchObject({ code: 405 })
  })

  test('stores nothing in a dry run', async () => {
    const at = client()
    expect((await at.create({ metadata: { name: 'a' }, spec: {} }, { dryRun: true })).spec.color).toBe('grey')
    await expect(at.get('a')).rejects.toMatchObject({ code: 404 })
    await at.create({ metadata: { name: 'a' }, spec: {} })
    await at.delete('a', { dryRun: true })
    expect((await at.get('a')).metadata.name).toBe('a')
  })

  test('lists by selectors, in pages, in one namespace or in all', async () => {
    const at = client()
    for (const [name, color] of [
      ['a', 'red'],
      ['b', 'blue'],
      ['c', 'red'],
    ] as const)
      await at.create({ metadata: { name, labels: { is: name } }, spec: { color } })
    const names = ({ items }: { items: KubeObject[] }) => items.map(({ metadata }) => metadata.name)
    expect(names(await at.list({ fieldSelector: 'spec.color=red' }))).toEqual(['a', 'c'])
    expect(names(await at.list({ labelSelector: 'is in (a,b)' }))).toEqual(['a', 'b'])
    const page = await at.list({ limit: 2 })
    expect(names(page)).toEqual(['a', 'b'])
    const { continue: token = '' } = page.metadata
    expect(names(await at.list({ limit: 2, continue: token }))).toEqual(['c'])
    const { items } = await api.client(widgets).list()
    expect(items.length).toBeGreaterThan(3)
  })

  test('watches from a list on, until its loop is left', async () => {
    const at = client()
    await at.create({ metadata: { name: 'a' }, spec: { width: 1 } })
    const { resourceVersion = '' } = (await at.list()).metadata
    const heard: string[] = []
    await at.guaranteedUpdate('a', (object) => ({ ...object, spec: { width: 2 } }))
    await at.delete('a')
    for await (const { type, object } of at.watch({ resourceVersion })) {
      heard.push(`${type} ${object.metadata.name} ${object.spec.width}`)
      if (type === 'DELETED') break
    }
    expect(heard).toEqual(['MODIFIED a 2', 'DELETED a 2'])
  })

  test('is there for what is served alone', () => {
    expect(() => api.client('none.example.com')).toThrow('no resource none.example.com is served; there are widgets')
  })
})
