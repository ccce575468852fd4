import { describe, expect, test, vi } from 'vitest'
import { StatusError } from '../../lib/meta/status.js'
import { columnsOf } from '../../lib/registry/table-convertor.js'
import { widget } from '../runtime/widgets.js'
import { freshNamespace, inside, kinds, make, metaOf, query, registries, statusOf } from './harness.js'

const { kv, registry } = registries()
const store = registry()
const names = (items: readonly { readonly object: ReturnType<typeof widget> }[]) =>
  items.map(({ object }) => object.metadata.name)

test.each([
  ['', 'Name parameter required.'],
  ['..', `Name parameter invalid: "..": may not be '..'`],
  ['a/b', `Name parameter invalid: "a/b": may not contain '/'`],
  ['a%2fb', `Name parameter invalid: "a%2fb": may not contain '%'`],
])('the name %j leads to no key', async (name, message) => {
  const work = store.get(inside('default'), name, { resourceVersion: '' })
  expect(await statusOf(work)).toMatchObject({ code: 400, message })
})

test('a namespaced object is not looked for without a namespace', async () => {
  const status = await statusOf(store.get(inside(''), 'a', { resourceVersion: '' }))
  expect(status).toMatchObject({ code: 400, message: 'Namespace parameter required.' })
})

describe('a list', () => {
  test('is of one namespace, or of all', async () => {
    const [one, two] = [freshNamespace(), freshNamespace()]
    await make(store, inside(one), 'a', { labels: { list: 'both' } })
    await make(store, inside(two), 'b', { labels: { list: 'both' } })
    expect(names((await store.list(inside(one), query())).items)).toEqual(['a'])
    expect(names((await store.list(inside(''), query({ labels: 'list=both' }))).items)).toEqual(['a', 'b'])
  })

  test('selects by name and namespace without reading more than one key where that will do', async () => {
    const [one, two] = [freshNamespace(), freshNamespace()]
    for (const namespace of [one, two]) await make(store, inside(namespace), 'same')
    await make(store, inside(one), 'other')
    const range = vi.spyOn(kv, 'range')
    expect(names((await store.list(inside(one), query({ fields: 'metadata.name=same' }))).items)).toEqual(['same'])
    expect(range).not.toHaveBeenCalled()
    range.mockRestore()
    const everywhere = await store.list(inside(''), query({ fields: `metadata.name=same,metadata.namespace=${two}` }))
    expect(everywhere.items.map((item) => metaOf(item).namespace)).toEqual([two])
  })

  test.each(['metadata.name=..', 'metadata.name=a/b'])('of the impossible name in %s is empty', async (fields) => {
    const ctx = inside(freshNamespace())
    await make(store, ctx, 'a')
    expect((await store.list(ctx, query({ fields }))).items).toEqual([])
  })

  test('selects by fields of the kind', async () => {
    const coloured = registry({
      parts: { selectableFields: ({ metadata }) => ({ 'spec.color': metadata.labels?.color ?? '' }) },
    })
    const ctx = inside(freshNamespace())
    await make(coloured, ctx, 'a', { labels: { color: 'red' } })
    await make(coloured, ctx, 'b', { labels: { color: 'blue' } })
    expect(names((await coloured.list(ctx, query({ fields: 'spec.color=blue' }))).items)).toEqual(['b'])
    expect(names((await coloured.list(ctx, query({ fields: 'spec.color!=blue' }))).items)).toEqual(['a'])
  })

  test('that begins at a tampered token is a bad request', async () => {
    const status = await statusOf(store.list(inside(freshNamespace()), query({ continue: 'x', limit: 1 })))
    expect(status).toMatchObject({ code: 400, reason: 'BadRequest' })
    expect(status.message).toMatch(/continue key is not valid/)
  })

  test('whose continuation is compacted away is 410 and carries a token to go on with', async () => {
    const ctx = inside(freshNamespace())
    for (const name of ['a', 'b', 'c']) await make(store, ctx, name)
    const first = await store.list(ctx, query({ limit: 1 }))
    await make(store, ctx, 'd')
    await kv.compact(ctx, await kv.currentRevision(ctx))
    const status = await statusOf(store.list(ctx, query({ limit: 1, continue: first.continue })))
    expect(status).toMatchObject({ code: 410, reason: 'Expired' })
    const rest = await store.list(ctx, query({ continue: status.metadata?.continue ?? '' }))
    expect(names(rest.items)).toEqual(['b', 'c', 'd'])
  })
})

test('a resourceVersion that has not happened is a timeout that names the cause', async () => {
  const ctx = inside(freshNamespace())
  await make(store, ctx, 'a')
  const resourceVersion = '9000000000000000'
  for (const work of [store.get(ctx, 'a', { resourceVersion }), store.list(ctx, query({ resourceVersion }))]) {
    const status = await statusOf(work)
    expect(status).toMatchObject({
      code: 504,
      reason: 'Timeout',
      details: { causes: [{ reason: 'ResourceVersionTooLarge' }], retryAfterSeconds: 1 },
    })
    expect(status.message).toMatch(/^Timeout: Too large resource version: 9000000000000000, current: \d+$/)
  }
})

describe('a watch', () => {
  test('of one namespace hears nothing of another', async () => {
    const [one, two] = [freshNamespace(), freshNamespace()]
    const events = (await store.watch(inside(one), query({ sendInitialEvents: false })))[Symbol.asyncIterator]()
    await make(store, inside(two), 'other')
    await make(store, inside(one), 'a')
    const { value } = await events.next()
    expect(value).toMatchObject({ type: 'ADDED' })
    expect(metaOf(value.object).name).toBe('a')
    await events.return?.()
  })

  test('from a resourceVersion that is compacted away ends with 410, naming it', async () => {
    const ctx = inside(freshNamespace())
    const { resourceVersion } = await make(store, ctx, 'a')
    await make(store, ctx, 'b')
    await make(store, ctx, 'c')
    await kv.compact(ctx, await kv.currentRevision(ctx))
    const events = await store.watch(ctx, query({ resourceVersion }))
    const status = await statusOf(events[Symbol.asyncIterator]().next() as Promise<unknown>)
    expect(status).toMatchObject({ code: 410, reason: 'Expired' })
    expect(status.message).toMatch(new RegExp(`^too old resource version: ${resourceVersion} \\(\\d+\\)$`))
  })
})

describe('a table', () => {
  const object = widget('a')
  object.metadata.creationTimestamp = '2020-01-01T00:00:00Z'

  test('shows name and age of a kind that says nothing of its columns', () => {
    const { definitions, cellsOf } = columnsOf(undefined)
    expect(definitions.map(({ name, type, format }) => [name, type, format])).toEqual([
      ['Name', 'string', 'name'],
      ['Age', 'date', ''],
    ])
    const yesterday = new Date(Date.now() - 26 * 3600 * 1000).toISOString()
    expect(cellsOf({ metadata: { name: 'a', creationTimestamp: yesterday } })).toEqual(['a', '26h'])
    expect(cellsOf({ metadata: { name: 'a', creationTimestamp: 'never' } })).toEqual(['a', '<unknown>'])
  })

  test('leaves empty what an object lacks on the way to a cell', () => {
    const { cellsOf } = columnsOf([
      { name: 'Deep', type: 'string', value: (each) => (each.spec as { a: { b: string } }).a.b },
    ])
    expect(cellsOf({ metadata: { name: 'a' } })).toEqual(['a', null])
  })

  test('shows name and creation time of a type compiled in that says nothing of its columns', () => {
    const { definitions, cellsOf, emptyRows } = columnsOf(undefined, true)
    expect(definitions.map(({ name, type, format }) => [name, type, format])).toEqual([
      ['Name', 'string', 'name'],
      ['Created At', 'date', ''],
    ])
    expect([emptyRows, columnsOf(undefined).emptyRows, columnsOf([], true).emptyRows]).toEqual(['null', '[]', '[]'])
    expect(cellsOf(object)).toEqual(['a', '2020-01-01T00:00:00Z'])
    expect(cellsOf({ metadata: {} })).toEqual(['', '0001-01-01T00:00:00Z'])
  })

  test('shows the name and the kind’s own columns, and nothing where there is no value', async () => {
    const printing = registry({
      parts: {
        printerColumns: [
          { name: 'Width', type: 'integer', priority: 1, value: ({ spec }) => (spec as { width?: number }).width },
          { name: 'Colour', type: 'string', value: ({ colour }) => colour },
        ],
      },
    })
    const made = await make(printing, inside(freshNamespace()), 'a')
    const { columnDefinitions, cells } = printing.convertToTable(inside(''), [made])
    expect(columnDefinitions?.map(({ name, priority }) => [name, priority])).toEqual([
      ['Name', 0],
      ['Width', 1],
      ['Colour', 0],
    ])
    expect(cells).toEqual([['a', 1, null]])
  })
})

test('values that cannot be read are an error that is no Status, and the rest is served', async () => {
  const ctx = inside(freshNamespace())
  await make(store, ctx, 'good')
  await kv.create(ctx, `/registry/example.com/widgets/${ctx.requestInfo?.namespace}/bad`, Buffer.from('k8s\0'))
  const bad = await store.get(ctx, 'bad', { resourceVersion: '' })
  expect(() => bad.encodedAs(kinds.v1)).toThrow('is in the protobuf format of Kubernetes')
  const work = store.list(ctx, query({ labels: 'a=b' }))
  await expect(work).rejects.not.toBeInstanceOf(StatusError)
  await expect(work).rejects.toThrow('cannot be read')
  expect(metaOf(await store.get(ctx, 'good', { resourceVersion: '' })).name).toBe('good')
})

test('a store says what discovery asks of it', () => {
  const described = registry({ parts: { shortNames: ['wd'], categories: ['all'] } })
  expect([described.kind, described.namespaceScoped(), described.singularName()]).toEqual(['Widget', true, 'widget'])
  expect([described.shortNames(), described.categories()]).toEqual([['wd'], ['all']])
  expect([store.shortNames(), store.categories()]).toEqual([[], []])
})
