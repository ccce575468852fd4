import { describe, expect, test } from 'vitest'
import { definitionName, OpenAPIDefinitions } from '../../lib/openapi/index.js'
import { operationIdentity } from '../../lib/openapi/operation-id.js'

const gvk = { group: 'wardle.example.com', version: 'v1', kind: 'Flunder' }

describe('definitions', () => {
  test('a kind is named by its reversed group, version and kind unless it says otherwise', () => {
    expect(definitionName(gvk)).toBe('com.example.wardle.v1.Flunder')
    expect(new OpenAPIDefinitions().addKind({ gvk, schema: {} })).toEqual({
      name: 'com.example.wardle.v1.Flunder',
      listName: 'com.example.wardle.v1.FlunderList',
    })
    const named = new OpenAPIDefinitions().addKind({ gvk, schema: {}, name: 'a.Flunder', listKind: 'Flunders' })
    expect(named).toEqual({ name: 'a.Flunder', listName: 'a.Flunders' })
  })

  test('a kind has apiVersion, kind and metadata, with its own descriptions of them', () => {
    const definitions = new OpenAPIDefinitions()
    const metadata = { type: 'object', description: 'who it is' } as const
    const { name } = definitions.addKind({ gvk, schema: { properties: { metadata, spec: { type: 'string' } } } })
    const { type, properties } = definitions.get(name)!.schema
    expect(type).toBe('object')
    expect(Object.keys(properties ?? {})).toEqual(['metadata', 'spec', 'apiVersion', 'kind'])
    expect(properties?.metadata).toEqual({
      description: 'who it is',
      $ref: 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta',
      default: {},
    })
  })

  test('the same definition may come twice, another under its name may not', () => {
    const definitions = new OpenAPIDefinitions().define('Spec', { type: 'object' })
    expect(() => definitions.define('Spec', { type: 'object' })).not.toThrow()
    expect(() => definitions.define('Spec', { type: 'string' })).toThrow('two different schemas are defined as Spec')
  })

  test('only what is referred to is reached, and a reference to nothing is refused by name', () => {
    const definitions = new OpenAPIDefinitions()
    definitions
      .define('A', { items: { $ref: 'B' } })
      .define('B', { items: { $ref: 'A' } })
      .define('C', { $ref: 'gone' })
    expect(definitions.reachableFrom(['A']).map((definition) => definition.name)).toEqual(['A', 'B'])
    expect(() => definitions.reachableFrom(['C'])).toThrow('C refers to gone, which is not defined')
  })

  test('every reference of the definitions of meta is defined', () => {
    const definitions = new OpenAPIDefinitions()
    const names = [
      'WatchEvent',
      'Status',
      'DeleteOptions',
      'APIGroupList',
      'APIResourceList',
      'ObjectMeta',
      'APIVersions',
    ]
    const roots = names.map((name) => `io.k8s.apimachinery.pkg.apis.meta.v1.${name}`)
    expect(definitions.reachableFrom(roots).length).toBeGreaterThan(roots.length)
  })
})

describe('an operation id', () => {
  const cases: [operation: string, path: string, id: string, tags: string[]][] = [
    ['listNamespacedJob', '/apis/batch/v1/namespaces/{namespace}/jobs', 'listBatchV1NamespacedJob', ['batch_v1']],
    ['readNamespacedPod', '/api/v1/namespaces/{namespace}/pods/{name}', 'readCoreV1NamespacedPod', ['core_v1']],
    [
      'createRole',
      '/apis/rbac.authorization.k8s.io/v1/roles',
      'createRbacAuthorizationV1Role',
      ['rbacAuthorization_v1'],
    ],
    ['deletecollectionFoo', '/apis/a.b/v1/foos', 'deleteABV1CollectionFoo', ['aB_v1']],
    ['getAPIGroup', '/apis/a.b/', 'getABAPIGroup', ['aB']],
    ['getAPIVersions', '/apis/', 'getAPIVersions', ['apis']],
    ['getCodeVersion', '/version/', 'getCodeVersion', ['version']],
    ['listABV1Foo', '/apis/a.b/v1/foos', 'listABV1Foo', ['aB_v1']],
  ]
  test.each(cases)('of %s at %s is %s', (operation, path, operationId, tags) => {
    expect(operationIdentity(operation, path)).toEqual({ operationId, tags })
  })

  test('begins with a verb', () => {
    expect(() => operationIdentity('fetchFoo', '/apis/a/v1/foos')).toThrow(
      '"fetchFoo" of /apis/a/v1/foos does not begin',
    )
  })
})
