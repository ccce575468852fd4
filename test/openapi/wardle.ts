import {
  bodyParameter,
  createParameters,
  deleteCollectionParameters,
  deleteParameters,
  listParameters,
  metaName,
  nameParameter,
  namespaceParameter,
  type OpenAPISource,
  type ParameterDoc,
  patchParameters,
  prettyParameter,
  updateParameters,
  versionInfoName,
} from '../../lib/openapi/index.js'
import { Parameter, type RouteBuilder, WebService } from '../../lib/restful/index.js'
import { group, type WardleKind, wardleKinds } from './wardle-kinds.js'

const plain = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']
const streams = ['application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch']
const patchTypes = ['json-patch+json', 'merge-patch+json', 'strategic-merge-patch+json', 'apply-patch+yaml']
const messages: Record<number, string> = { 200: 'OK', 201: 'Created', 202: 'Accepted' }
const [status, deleteOptions, watchEvent] = ['Status', 'DeleteOptions', 'WatchEvent'].map(metaName) as [
  string,
  string,
  string,
]

/** One action on a kind: the verb of its operation, and what is said about it. */
interface Action {
  readonly method: string
  readonly action: string
  readonly operation: string
  readonly doc: string
  readonly parameters: readonly ParameterDoc[]
  readonly codes: readonly number[]
  readonly model: string
  readonly reads?: string
  readonly more?: (builder: RouteBuilder) => void
}

const patchBody = (builder: RouteBuilder): void =>
  void builder.consumes(...patchTypes.map((type) => `application/${type}`))
const streaming = (builder: RouteBuilder): void => void builder.produces(...plain, ...streams)
const deprecated = "deprecated: use the 'watch' parameter with a list operation instead"

function listAction({ kind, listName }: WardleKind, operation: string): Action {
  const doc = `list or watch objects of kind ${kind}`
  const base = { method: 'GET', action: 'list', codes: [200], more: streaming }
  return { ...base, operation, doc, parameters: listParameters, model: listName }
}

function watchAction(action: 'watch' | 'watchlist', operation: string, doc: string): Action {
  const base = { method: 'GET', action, codes: [200], more: streaming }
  return { ...base, operation, doc, parameters: listParameters, model: watchEvent }
}

function collectionActions(kind: WardleKind, what: string): Action[] {
  const onBody = { method: 'POST', action: 'post', codes: [200, 201, 202] }
  const onAll = { method: 'DELETE', action: 'deletecollection', codes: [200], model: status, reads: deleteOptions }
  const create = { operation: `create${what}`, doc: `create a ${kind.kind}`, parameters: createParameters }
  const remove = { operation: `deletecollection${what}`, doc: `delete collection of ${kind.kind}` }
  return [
    listAction(kind, `list${what}`),
    { ...onBody, ...create, model: kind.name, reads: kind.name },
    { ...onAll, ...remove, parameters: deleteCollectionParameters },
  ]
}

function itemActions({ kind, name }: WardleKind, what: string): Action[] {
  const read = { method: 'GET', action: 'get', operation: `read${what}`, doc: `read the specified ${kind}` }
  const replace = { method: 'PUT', action: 'put', operation: `replace${what}`, doc: `replace the specified ${kind}` }
  const patch = {
    method: 'PATCH',
    action: 'patch',
    operation: `patch${what}`,
    reads: metaName('Patch'),
    more: patchBody,
  }
  const remove = { method: 'DELETE', action: 'delete', operation: `delete${what}`, doc: `delete a ${kind}` }
  return [
    { ...read, parameters: [], codes: [200], model: name },
    { ...replace, parameters: updateParameters, codes: [200, 201], model: name, reads: name },
    {
      ...patch,
      doc: `partially update the specified ${kind}`,
      parameters: patchParameters,
      codes: [200, 201],
      model: name,
    },
    {
      ...remove,
      parameters: deleteParameters,
      codes: [200, 202],
      model: status,
      reads: deleteOptions,
    },
  ]
}

function addRoutes(
  service: WebService,
  kind: WardleKind,
  path: string,
  on: readonly ParameterDoc[],
  actions: Action[],
): void {
  for (const action of actions) {
    const builder = service.method(action.method).path(path).operation(action.operation).doc(action.doc)
    for (const doc of [...on, ...action.parameters, prettyParameter]) builder.param(new Parameter(doc))
    if (action.reads) builder.param(new Parameter(bodyParameter(action.method !== 'DELETE'))).reads(action.reads)
    for (const code of action.codes) builder.returns(code, messages[code]!, action.model)
    action.more?.(builder)
    const gvk = { group, version: kind.version, kind: kind.kind }
    builder.metadata('x-kubernetes-group-version-kind', gvk).metadata('x-kubernetes-action', action.action)
    service.route(builder.metadata('internal', 'never shown').to(() => {}))
  }
}

function addResource(service: WebService, kind: WardleKind): void {
  const collection = `${kind.namespaced ? '/namespaces/{namespace}' : ''}/${kind.plural}`
  const inScope = kind.namespaced ? [namespaceParameter] : []
  const onItem = [...inScope, nameParameter(kind.kind)]
  const what = (kind.namespaced ? 'Namespaced' : '') + kind.kind
  const listDoc = `watch individual changes to a list of ${kind.kind}. ${deprecated}.`
  const filtered = "filtered to a single item with the 'fieldSelector' parameter."
  const itemDoc = `watch changes to an object of kind ${kind.kind}. ${deprecated}, ${filtered}`
  const add = (path: string, on: readonly ParameterDoc[], ...actions: Action[]): void =>
    addRoutes(service, kind, path, on, actions)
  add(collection, inScope, ...collectionActions(kind, what))
  add(`${collection}/{name}`, onItem, ...itemActions(kind, what))
  add(`/watch${collection}`, inScope, watchAction('watchlist', `watch${what}List`, listDoc))
  add(`/watch${collection}/{name}`, onItem, watchAction('watch', `watch${what}`, itemDoc))
  if (!kind.namespaced) return
  const watchAll = watchAction('watchlist', `watch${kind.kind}ListForAllNamespaces`, listDoc)
  add(`/${kind.plural}`, [], listAction(kind, `list${kind.kind}ForAllNamespaces`))
  add(`/watch/${kind.plural}`, [], watchAll)
}

function serviceAt(root: string, operation: string, model: string): WebService {
  const service = new WebService()
    .path(root)
    .consumes('*/*')
    .produces(...plain)
  const builder = service
    .get('/')
    .operation(operation)
    .doc('get what there is')
    .consumes(...plain)
  return service.route(builder.returns(200, 'OK', model).to(() => {}))
}

/** A server such as Kubernetes' sample-apiserver, as far as its documentation goes. */
export function wardleSource(): OpenAPISource {
  const { definitions, kinds } = wardleKinds()
  const versionService = (version: string): WebService => {
    const service = serviceAt(`/apis/${group}/${version}`, 'getAPIResources', metaName('APIResourceList'))
    for (const kind of kinds.filter((each) => each.version === version)) addResource(service, kind)
    return service
  }
  return {
    info: { title: 'Wardle', version: 'v1' },
    definitions,
    webServices: [
      serviceAt('/version', 'getCodeVersion', versionInfoName),
      serviceAt('/apis', 'getAPIVersions', metaName('APIGroupList')),
      serviceAt(`/apis/${group}`, 'getAPIGroup', metaName('APIGroup')),
      versionService('v1alpha1'),
      versionService('v1beta1'),
    ],
  }
}
