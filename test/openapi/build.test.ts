import { expect, test } from 'vitest'
import type { SwaggerDocument } from '../../lib/openapi/index.js'
import { buildV2, buildV3 } from '../../lib/openapi/index.js'
import { wardleSource } from './wardle.js'

const source = wardleSource()
const v2 = buildV2(source)
const v3 = buildV3(source, source.webServices.find((s) => s.rootPath().endsWith('v1alpha1'))!)
const flunders = '/apis/wardle.example.com/v1alpha1/namespaces/{namespace}/flunders'
const flunder = 'io.k8s.sample-apiserver.pkg.apis.wardle.v1alpha1.Flunder'
const objectMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'

function operationIds(document: Pick<SwaggerDocument, 'paths'>): string[] {
  return Object.values(document.paths).flatMap((item) =>
    Object.values(item).flatMap((operation) => ('operationId' in operation ? [operation.operationId as string] : [])),
  )
}

test('an operation id names verb, group, version and then what the operation is about', () => {
  expect(operationIds(v2)).toEqual(
    expect.arrayContaining([
      'listWardleExampleComV1alpha1NamespacedFlunder',
      'deleteWardleExampleComV1alpha1CollectionNamespacedFlunder',
      'watchWardleExampleComV1alpha1NamespacedFlunderList',
      'getWardleExampleComV1alpha1APIResources',
      'getWardleExampleComAPIGroup',
      'getAPIVersions',
      'getCodeVersion',
    ]),
  )
})

test('metadata that begins with x- is shown with an operation and other metadata is not', () => {
  const operation = v2.paths[flunders]?.get
  expect(operation?.['x-kubernetes-action']).toBe('list')
  expect(operation?.['x-kubernetes-group-version-kind']).toMatchObject({ kind: 'Flunder' })
  expect(JSON.stringify(v2)).not.toContain('never shown')
})

test('parameters that every operation of a path has stand on the path, sorted by name', () => {
  const parameters = v3.paths[`${flunders}/{name}`]?.parameters?.map((p) => p.name)
  expect(parameters).toEqual(['name', 'namespace', 'pretty'])
  expect(v3.paths[`${flunders}/{name}`]?.get?.parameters).toBeUndefined()
})

test('v2 shares parameters under names that tell them apart, but keeps those that old kubectl looks for', () => {
  const { parameters = [] } = v2.paths[flunders] ?? {}
  expect(parameters).toContainEqual({ $ref: '#/parameters/namespace-vgWSWtn3' })
  expect(v2.parameters?.['namespace-vgWSWtn3']).toMatchObject({ name: 'namespace', in: 'path', required: true })
  const post = v2.paths[flunders]?.post?.parameters ?? []
  expect(post[0]).toMatchObject({ name: 'body', in: 'body', schema: { $ref: `#/definitions/${flunder}` } })
  expect(post.map((p) => ('name' in p ? p.name : ''))).toEqual(['body', 'dryRun', '', 'fieldValidation'])
})

test('every reference of a document leads somewhere in it', () => {
  for (const document of [v2, v3]) {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#([^"]+)"/g)].map((match) => match[1]!)
    const dangling = refs.filter((ref) => {
      const steps = ref.slice(1).split('/')
      return steps.reduce<unknown>((at, step) => (at as Record<string, unknown>)?.[step], document) === undefined
    })
    expect(refs.length).toBeGreaterThan(20)
    expect(dangling).toEqual([])
  }
})

test('v2 shows no defaults; v3 shows them, and wraps a reference that has something beside it', () => {
  expect(v2.definitions[flunder]?.properties?.metadata).toEqual({ $ref: `#/definitions/${objectMeta}` })
  expect(v3.components.schemas[flunder]?.properties?.metadata).toEqual({
    default: {},
    allOf: [{ $ref: `#/components/schemas/${objectMeta}` }],
  })
  expect(JSON.stringify(v2)).not.toContain('"default":')
})

test('a body is required but for a deletion, whatever naming its model says', () => {
  const required = (method: 'post' | 'delete') => v3.paths[flunders]?.[method]?.requestBody?.required
  expect([required('post'), required('delete')]).toEqual([true, undefined])
})

test('a list and its items are documented without anybody asking for it', () => {
  const list = v2.definitions[`${flunder}List`]
  expect(list?.required).toEqual(['items'])
  expect(list?.properties?.items).toEqual({ type: 'array', items: { $ref: `#/definitions/${flunder}` } })
  expect(list?.['x-kubernetes-group-version-kind']).toEqual([
    { group: 'wardle.example.com', kind: 'FlunderList', version: 'v1alpha1' },
  ])
})

test('a body and an answer have the schema of their model in every media type', () => {
  const ref = { schema: { $ref: `#/components/schemas/${flunder}` } }
  const post = v3.paths[flunders]?.post
  expect(post?.requestBody).toEqual({ content: { '*/*': ref }, required: true })
  expect(post?.responses['201']?.content?.['application/yaml']).toEqual(ref)
  expect(v3.paths[flunders]?.get?.responses['200']?.content?.['application/json;stream=watch']).toEqual({
    schema: { $ref: `#/components/schemas/${flunder}List` },
  })
})

test('options belong to every group version that is served, a Status to the core group alone', () => {
  const kinds = (type: string) =>
    v2.definitions[`io.k8s.apimachinery.pkg.apis.meta.v1.${type}`]?.['x-kubernetes-group-version-kind']
  expect(kinds('Status')).toEqual([{ group: '', kind: 'Status', version: 'v1' }])
  expect(kinds('DeleteOptions')).toEqual([
    { group: '', kind: 'DeleteOptions', version: 'v1' },
    { group: 'wardle.example.com', kind: 'DeleteOptions', version: 'v1alpha1' },
    { group: 'wardle.example.com', kind: 'DeleteOptions', version: 'v1beta1' },
  ])
})
