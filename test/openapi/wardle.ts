import {
  bodyParameter,
  createParameters,
  type DocumentedModel,
  type DocumentedParameter,
  type DocumentedRoute,
  type DocumentedWebService,
  deleteCollectionParameters,
  deleteParameters,
  listParameters,
  metaName,
  nameParameter,
  namespaceParameter,
  OpenAPIDefinitions,
  type OpenAPISource,
  patchParameters,
  prettyParameter,
  updateParameters,
  versionInfoName,
} from '../../lib/openapi/index.js'

const group = 'wardle.example.com'
const prefix = 'io.k8s.sample-apiserver.pkg.apis.wardle.'
const plain = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']
const streams = ['application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch']

interface Kind {
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
  readonly model: string
  readonly listModel: string
}

interface RouteFacts {
  readonly method: string
  readonly path: string
  readonly action: string
  readonly operation: string
  readonly doc: string
  readonly parameters: readonly DocumentedParameter[]
  readonly codes: readonly number[]
  readonly model: DocumentedModel
  readonly reads?: DocumentedModel
  readonly consumes?: readonly string[]
  readonly watches?: boolean
}

const messages = new Map([
  [200, 'OK'],
  [201, 'Created'],
  [202, 'Accepted'],
])

function route(kind: Kind, facts: RouteFacts): DocumentedRoute {
  const gvk = { group, version: kind.version, kind: kind.kind }
  return {
    method: facts.method,
    path: facts.path,
    consumes: facts.consumes ?? ['*/*'],
    produces: facts.watches ? [...plain, ...streams] : plain,
    doc: facts.doc,
    operation: facts.operation,
    parameterDocs: [...facts.parameters, prettyParameter],
    reads: facts.reads,
    writes: [facts.model],
    responses: new Map(
      facts.codes.map((code) => [code, { code, message: messages.get(code) ?? '', model: facts.model }]),
    ),
    metadata: new Map<string, unknown>([
      ['x-kubernetes-group-version-kind', gvk],
      ['x-kubernetes-action', facts.action],
      ['internal', 'never shown'],
    ]),
  }
}

function resourceRoutes(kind: Kind): DocumentedRoute[] {
  const root = `/apis/${group}/${kind.version}`
  const scope = kind.namespaced ? 'namespaces/{namespace}/' : ''
  const collection = `${root}/${scope}${kind.plural}`
  const item = `${collection}/{name}`
  const inScope = kind.namespaced ? [namespaceParameter] : []
  const onItem = [...inScope, nameParameter(kind.kind)]
  const name = (kind.namespaced ? 'Namespaced' : '') + kind.kind
  const { model, listModel } = kind
  const list = { method: 'GET', doc: `list or watch objects of kind ${kind.kind}`, action: 'list', model: listModel }
  const status = metaName('Status')
  const routes: RouteFacts[] = [
    {
      ...list,
      path: collection,
      operation: `list${name}`,
      parameters: [...inScope, ...listParameters],
      codes: [200],
      watches: true,
    },
    {
      ...{ method: 'POST', path: collection, operation: `create${name}`, action: 'post', doc: `create a ${kind.kind}` },
      ...{
        parameters: [...inScope, ...createParameters, bodyParameter()],
        reads: model,
        model,
        codes: [200, 201, 202],
      },
    },
    {
      ...{ method: 'DELETE', path: collection, operation: `deletecollection${name}`, action: 'deletecollection' },
      ...{ doc: `delete collection of ${kind.kind}`, reads: metaName('DeleteOptions'), model: status, codes: [200] },
      parameters: [...inScope, ...deleteCollectionParameters, bodyParameter(false)],
    },
    {
      ...{ method: 'GET', path: item, operation: `read${name}`, action: 'get', doc: `read the specified ${kind.kind}` },
      ...{ parameters: onItem, model, codes: [200] },
    },
    {
      ...{
        method: 'PUT',
        path: item,
        operation: `replace${name}`,
        action: 'put',
        doc: `replace the specified ${kind.kind}`,
      },
      ...{ parameters: [...onItem, ...updateParameters, bodyParameter()], reads: model, model, codes: [200, 201] },
    },
    {
      ...{ method: 'PATCH', path: item, operation: `patch${name}`, action: 'patch', codes: [200, 201], model },
      doc: `partially update the specified ${kind.kind}`,
      parameters: [...onItem, ...patchParameters, bodyParameter()],
      reads: metaName('Patch'),
      consumes: [
        'application/json-patch+json',
        'application/merge-patch+json',
        'application/strategic-merge-patch+json',
        'application/apply-patch+yaml',
      ],
    },
    {
      ...{ method: 'DELETE', path: item, operation: `delete${name}`, action: 'delete', doc: `delete a ${kind.kind}` },
      ...{ parameters: [...onItem, ...deleteParameters, bodyParameter(false)], codes: [200, 202] },
      ...{ reads: metaName('DeleteOptions'), model: status },
    },
    {
      ...{ method: 'GET', path: `${root}/watch/${scope}${kind.plural}`, operation: `watch${name}List` },
      ...{ action: 'watchlist', codes: [200], model: metaName('WatchEvent'), watches: true },
      ...{ doc: `watch individual changes to a list of ${kind.kind}.`, parameters: [...inScope, ...listParameters] },
    },
  ]
  if (kind.namespaced) {
    const path = `${root}/${kind.plural}`
    const operation = `list${kind.kind}ForAllNamespaces`
    routes.push({ ...list, path, operation, parameters: listParameters, codes: [200], watches: true })
  }
  return routes.map((facts) => route(kind, facts))
}

function discoveryRoute(path: string, operation: string, model: string): DocumentedRoute {
  const responses = new Map([[200, { code: 200, message: 'OK', model }]])
  const types = { consumes: plain, produces: plain, parameterDocs: [], metadata: new Map() }
  return { method: 'GET', path, doc: 'get what there is', operation, writes: [model], responses, ...types }
}

function service(rootPath: string, routes: readonly DocumentedRoute[]): DocumentedWebService {
  return { rootPath: () => rootPath, routes: () => routes }
}

export function wardleDefinitions(): { definitions: OpenAPIDefinitions; kinds: Kind[] } {
  const definitions = new OpenAPIDefinitions()
  const name = (type: string) => `${prefix}v1alpha1.${type}`
  const flunder = definitions.addKind({
    gvk: { group, version: 'v1alpha1', kind: 'Flunder' },
    name: name('Flunder'),
    schema: {
      type: 'object',
      properties: {
        spec: { $ref: name('FlunderSpec'), default: {} },
        status: { $ref: name('FlunderStatus'), default: {} },
      },
    },
    definitions: {
      [name('FlunderSpec')]: {
        type: 'object',
        properties: {
          reference: { type: 'string', description: 'A name of another flunder or fischer.' },
          referenceType: { type: 'string', description: 'The reference type, defaults to "Flunder".' },
        },
      },
      [name('FlunderStatus')]: { type: 'object' },
    },
  })
  const fischer = definitions.addKind({
    gvk: { group, version: 'v1alpha1', kind: 'Fischer' },
    name: name('Fischer'),
    schema: {
      type: 'object',
      properties: {
        disallowedFlunders: {
          description: 'DisallowedFlunders holds a list of Flunder.Names that are disallowed.',
          type: 'array',
          items: { type: 'string', default: '' },
          'x-kubernetes-list-type': 'atomic',
        },
      },
    },
  })
  return {
    definitions,
    kinds: [
      { version: 'v1alpha1', kind: 'Flunder', plural: 'flunders', namespaced: true, ...models(flunder) },
      { version: 'v1alpha1', kind: 'Fischer', plural: 'fischers', namespaced: false, ...models(fischer) },
    ],
  }
}

function models(names: { name: string; listName: string }): { model: string; listModel: string } {
  return { model: names.name, listModel: names.listName }
}

/** A server such as Kubernetes' sample-apiserver, as far as its documentation goes. */
export function wardleSource(): OpenAPISource {
  const { definitions, kinds } = wardleDefinitions()
  const groupVersion = `/apis/${group}/v1alpha1`
  return {
    info: { title: 'Wardle', version: 'v1' },
    definitions,
    webServices: [
      service('/version', [discoveryRoute('/version/', 'getCodeVersion', versionInfoName)]),
      service('/apis', [discoveryRoute('/apis/', 'getAPIVersions', metaName('APIGroupList'))]),
      service(`/apis/${group}`, [discoveryRoute(`/apis/${group}/`, 'getAPIGroup', metaName('APIGroup'))]),
      service(groupVersion, [
        discoveryRoute(`${groupVersion}/`, 'getAPIResources', metaName('APIResourceList')),
        ...kinds.flatMap(resourceRoutes),
      ]),
    ],
  }
}
