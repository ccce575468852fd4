import { apiserver, defineResource, lmdb } from 'express-apiserver'
import { describe, expect, test } from 'vitest'
import { AdmissionChain } from '../../lib/admission/index.js'
import { installGroupVersion, type ResourceStorage } from '../../lib/endpoints/index.js'
import type { AnyStorage } from '../../lib/registry/index.js'
import { Scheme } from '../../lib/runtime/index.js'
import { kinds } from '../registry/harness.js'
import { served, V2 } from '../server/harness.js'

const never = () => Promise.reject(new Error('not called'))
const table = { convertToTable: () => ({ columnDefinitions: [], cells: [] }) }
const base = { kind: 'Widget', singularName: () => 'widget' }

/** Everything that a storage may have. */
const everything = {
  ...base,
  ...table,
  get: never,
  list: never,
  watch: never,
  create: never,
  update: never,
  delete: never,
  deleteCollection: never,
}

function routes(path: string, storage: object, namespaced = true) {
  const resource = {
    path,
    kind: kinds.v1,
    storage: { ...storage, namespaceScoped: () => namespaced } as unknown as AnyStorage,
    model: 'Widget',
    listModel: 'WidgetList',
    selectableFields: [],
  } satisfies ResourceStorage
  return installGroupVersion({
    group: 'example.com',
    version: 'v1',
    scheme: new Scheme(),
    admission: new AdmissionChain([]),
    resources: [resource],
    onParsedBody() {},
  })
}

function described(path: string, storage: object, namespaced = true): string[] {
  const { webService } = routes(path, storage, namespaced)
  return webService
    .routes()
    .filter((route) => route.operation !== 'getAPIResources' && route.metadata.get('undocumented') !== true)
    .map(({ method, path: template, operation, metadata }) => {
      const action = String(metadata.get('x-kubernetes-action'))
      return `${action} ${method} ${template.replace('/apis/example.com/v1', '')} ${operation}`
    })
    .sort()
}

describe('the routes of a storage', () => {
  test('that does everything in namespaces', () => {
    const S = '/namespaces/{namespace}/widgets'
    expect(described('widgets', everything)).toEqual(
      [
        `list GET ${S} listNamespacedWidget`,
        `post POST ${S} createNamespacedWidget`,
        `deletecollection DELETE ${S} deletecollectionNamespacedWidget`,
        `watchlist GET /watch${S} watchNamespacedWidgetList`,
        `get GET ${S}/{name} readNamespacedWidget`,
        `put PUT ${S}/{name} replaceNamespacedWidget`,
        `patch PATCH ${S}/{name} patchNamespacedWidget`,
        `delete DELETE ${S}/{name} deleteNamespacedWidget`,
        `watch GET /watch${S}/{name} watchNamespacedWidget`,
        'list GET /widgets listWidgetForAllNamespaces',
        'watchlist GET /watch/widgets watchWidgetListForAllNamespaces',
      ].sort(),
    )
  })

  test('that does everything in the cluster', () => {
    expect(described('widgets', everything, false)).toEqual(
      [
        'list GET /widgets listWidget',
        'post POST /widgets createWidget',
        'deletecollection DELETE /widgets deletecollectionWidget',
        'watchlist GET /watch/widgets watchWidgetList',
        'get GET /widgets/{name} readWidget',
        'put PUT /widgets/{name} replaceWidget',
        'patch PATCH /widgets/{name} patchWidget',
        'delete DELETE /widgets/{name} deleteWidget',
        'watch GET /watch/widgets/{name} watchWidget',
      ].sort(),
    )
  })

  test.each([
    ['nothing', base, []],
    ['only reads', { ...base, get: never }, ['get GET /widgets/{name} readWidget']],
    ['lists without watching', { ...base, ...table, list: never }, ['list GET /widgets listWidget']],
    ['watches without listing', { ...base, watch: never }, []],
    ['updates without reading', { ...base, update: never }, ['put PUT /widgets/{name} replaceWidget']],
  ])('that does %s are those it has', (_, storage, expected) => {
    expect(described('widgets', storage, false)).toEqual(expected)
  })

  test('of a subresource stand below the name, and none is over many', () => {
    expect(described('widgets/status', everything)).toEqual(
      [
        'list GET /namespaces/{namespace}/widgets/{name}/status listNamespacedWidgetStatus',
        'delete DELETE /namespaces/{namespace}/widgets/{name}/status deleteNamespacedWidgetStatus',
        'get GET /namespaces/{namespace}/widgets/{name}/status readNamespacedWidgetStatus',
        'patch PATCH /namespaces/{namespace}/widgets/{name}/status patchNamespacedWidgetStatus',
        'post POST /namespaces/{namespace}/widgets/{name}/status createNamespacedWidgetStatus',
        'put PUT /namespaces/{namespace}/widgets/{name}/status replaceNamespacedWidgetStatus',
      ].sort(),
    )
  })

  test('that connects are one a method, and below it too when it has paths of its own', () => {
    const connect = { ...base, connect: never, connectMethods: () => ['GET', 'POST'], subpaths: true }
    const S = '/widgets/{name}/proxy'
    expect(described('widgets/proxy', connect, false)).toEqual([
      `connect GET ${S} connectGetWidgetProxy`,
      `connect GET ${S}/{path:*} connectGetWidgetProxyWithPath`,
      `connect POST ${S} connectPostWidgetProxy`,
      `connect POST ${S}/{path:*} connectPostWidgetProxyWithPath`,
    ])
    expect(described('widgets/proxy', { ...connect, subpaths: false }, false)).toHaveLength(2)
  })

  test.each(['a/b/c', '', '/status'])('cannot be made for the path %j', (path) => {
    expect(() => routes(path, everything)).toThrow(`resource path ${path} is neither RESOURCE nor RESOURCE/SUBRESOURCE`)
  })

  test('say which kind they are about', () => {
    for (const route of routes('widgets', everything).webService.routes()) {
      if (route.operation === 'getAPIResources') continue
      const gvk = { group: 'example.com', version: 'v1', kind: 'Widget' }
      expect(route.metadata.get('x-kubernetes-group-version-kind')).toEqual(gvk)
    }
  })

  test('are told to discovery, verbs sorted', () => {
    const { resources } = routes('widgets', { ...everything, shortNames: () => ['wd'], categories: () => ['all'] })
    expect(resources).toEqual([
      {
        name: 'widgets',
        singularName: 'widget',
        namespaced: true,
        kind: 'Widget',
        verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
        shortNames: ['wd'],
        categories: ['all'],
      },
    ])
    expect(routes('widgets/status', { ...base, get: never }).resources).toEqual([
      { name: 'widgets/status', singularName: '', namespaced: true, kind: 'Widget', verbs: ['get'] },
    ])
  })
})

describe('a resource that cannot be served is refused when it is defined', () => {
  const good = { group: 'example.com', version: 'v1', kind: 'Widget', plural: 'widgets', scope: 'Cluster' } as const
  test.each([
    [{ group: 'Example.com' }, 'group "Example.com" is no DNS subdomain'],
    [{ valdate: () => [] }, 'the definition of Widget has no option valdate: did you mean validate?'],
    [
      { version: undefined, versions: [{ name: 'v1', defaults: () => {} }] },
      'version v1 of Widget has no option defaults: did you mean default?',
    ],
    [{ kind: 'widget' }, 'kind "widget" is not in CamelCase'],
    [{ plural: 'Widgets' }, 'plural "Widgets" is no DNS label'],
    [{ plural: 'a/b' }, 'plural "a/b" is no DNS label'],
    [{ plural: 'watch' }, 'plural watch has a meaning of its own in paths'],
    [{ plural: 'namespaces' }, 'plural namespaces has a meaning of its own in paths'],
    [{ version: '1' }, 'version "1" of Widget is not of the form v1, v1beta1 or v1alpha1'],
    [{ version: undefined, versions: [] }, 'Widget has no version'],
    [{ version: undefined, versions: [{ name: 'v1' }, { name: 'v1' }] }, 'Widget has a version twice'],
    [
      {
        version: undefined,
        versions: [
          { name: 'v1', storage: true },
          { name: 'v2', storage: true },
        ],
      },
      'Widget has 2 storage versions; it must have one',
    ],
    [{ schema: { type: 'object', properties: { spec: { properties: {} } } } }, 'spec'],
  ])('%j', (change, message) => {
    expect(() => defineResource({ ...good, ...change } as Parameters<typeof defineResource>[0])).toThrow(message)
  })

  test('and two of one kind cannot be served together', () => {
    const one = defineResource(good)
    expect(() => apiserver({ resources: [one, one], storage: lmdb('/nowhere') })).toThrow(
      'kind Widget is already registered in example.com/v1',
    )
  })
})

describe('discovery', () => {
  const server = served()

  test('names groups, versions in the order of preference, and resources', async () => {
    const versions = ['v2', 'v1'].map((version) => ({ groupVersion: `example.com/${version}`, version }))
    const group = { name: 'example.com', versions, preferredVersion: versions[0] }
    expect((await server.send('/apis')).json()).toEqual({ kind: 'APIGroupList', groups: [group] })
    expect((await server.send('/apis/example.com')).json()).toEqual({ kind: 'APIGroup', apiVersion: 'v1', ...group })
    const list = (await server.send(V2)).json<{ resources: { name: string }[] }>()
    expect(list).toMatchObject({ kind: 'APIResourceList', apiVersion: 'v1', groupVersion: 'example.com/v2' })
    expect(list.resources.map(({ name }) => name)).toEqual([
      'gadgets',
      'gadgets/binding',
      'gadgets/proxy',
      'widgets',
      'widgets/status',
    ])
    expect(list.resources[3]).toMatchObject({ shortNames: ['wd'], categories: ['all'], namespaced: true })
  })

  const aggregated = (version: string) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`

  test.each(['v2', 'v2beta1'])('has everything in one document for those who ask (%s)', async (version) => {
    const answer = await server.send('/apis', { headers: { accept: `${aggregated(version)},application/json` } })
    expect(answer.headers).toMatchObject({
      'content-type': aggregated(version),
      vary: 'Accept',
      'cache-control': 'public',
      etag: expect.stringMatching(/^"[0-9A-F]{128}"$/),
    })
    const document = answer.json<{ items: { versions: { version: string; resources: object[] }[] }[] }>()
    expect(document).toMatchObject({ kind: 'APIGroupDiscoveryList', apiVersion: `apidiscovery.k8s.io/${version}` })
    expect(document.items[0]?.versions.map((each) => each.version)).toEqual(['v2', 'v1'])
    expect(document.items[0]?.versions[0]?.resources).toEqual([
      expect.objectContaining({ resource: 'gadgets', scope: 'Cluster' }),
      expect.objectContaining({
        resource: 'widgets',
        scope: 'Namespaced',
        singularResource: 'widget',
        responseKind: { group: 'example.com', version: 'v2', kind: 'Widget' },
        subresources: [expect.objectContaining({ subresource: 'status' })],
      }),
    ])
  })

  test('is not sent again to those who have it', async () => {
    const headers = { accept: aggregated('v2') }
    const { etag = '' } = (await server.send('/apis', { headers })).headers
    const again = await server.send('/apis', { headers: { ...headers, 'if-none-match': etag } })
    expect([again.status, again.text]).toEqual([304, ''])
  })

  test.each([
    [`${aggregated('v3')},${aggregated('v2')},application/json`, 'APIGroupDiscoveryList'],
    [`application/json,${aggregated('v2')}`, 'APIGroupDiscoveryList'],
    [`${aggregated('v2')};q=0.1,application/json`, 'APIGroupDiscoveryList'],
    [`${aggregated('v2').replace('application/json', '*/*')}`, 'APIGroupDiscoveryList'],
    [`${aggregated('v2')};sv=v1,application/json`, 'APIGroupList'],
    ['application/json;as=APIGroupDiscoveryList;v=v2;g=other,application/json', 'APIGroupList'],
    [`${aggregated('v3')},application/json`, 'APIGroupList'],
    [`text/html,${aggregated('v2')}`, 'APIGroupDiscoveryList'],
  ])('is in that document if any clause asks for it: %s', async (accept, kind) => {
    expect((await server.send('/apis', { headers: { accept } })).json()).toHaveProperty('kind', kind)
  })

  test('has the one document in YAML too, and indented for people', async () => {
    const yaml = aggregated('v2').replace('json', 'yaml')
    const answer = await server.send('/apis', { headers: { accept: yaml } })
    expect([answer.headers['content-type'], answer.text]).toEqual([
      yaml,
      expect.stringMatching(/^apiVersion: apidiscovery/),
    ])
    const pretty = await server.send('/apis?pretty=true', { headers: { accept: aggregated('v2') } })
    expect(pretty.text).toMatch(/^\{\n {2}"kind": "APIGroupDiscoveryList",\n/)
  })

  test('says the version', async () => {
    const answer = await server.send('/version')
    expect(answer.json()).toMatchObject({ major: '1', minor: '32', gitVersion: expect.stringContaining('v1.32') })
    expect(answer.text).toMatch(/^\{\n {2}"major"/)
  })
})
