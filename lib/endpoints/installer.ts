import { groupVersionString } from '../meta/types.js'
import {
  bodyParameter,
  nameParameter,
  namespaceParameter,
  type ParameterDoc,
  prettyParameter,
  subpathParameter,
  UNDOCUMENTED,
} from '../openapi/index.js'
import type { AnyStorage } from '../registry/rest.js'
import { Parameter, type RouteBuilder, WebService } from '../restful/index.js'
import { DEFAULT_MEMBER_LIMITS } from '../runtime/json/index.js'
import {
  type APIGroupVersion,
  type Deprecation,
  type ResourceStorage,
  resourceOf,
  rootPath,
} from './api-group-version.js'
import { type APIResource, apiResourceOf } from './discovery/api-resource.js'
import { serveResourceList } from './discovery/resource-list.js'
import type { RequestContext } from './request/request-context.js'
import type { RequestScope } from './request-scope.js'
import { serve } from './serve.js'
import { connectVerbs, VERBS, type Verb, type VerbNames, type VerbPlace } from './verbs.js'

/** A group version with its routes made. */
export interface InstalledGroupVersion {
  readonly webService: WebService<RequestContext>
  readonly resources: readonly APIResource[]
}

/**
 * Makes a route for every verb that a resource's storage has, in every place where it makes sense.
 *
 * @throws Error for a path that cannot be served
 */
export function installGroupVersion(group: APIGroupVersion): InstalledGroupVersion {
  const webService = new WebService<RequestContext>().path(rootPath(group))
  const sorted = [...group.resources].sort((a, b) => (a.path < b.path ? -1 : 1))
  const resources = sorted.map((resource) => installResource(webService, group, resource))
  serveResourceList(webService, groupVersionString(group), resources)
  return { webService, resources }
}

function installResource(
  webService: WebService<RequestContext>,
  group: APIGroupVersion,
  resource: ResourceStorage,
): APIResource {
  const { storage } = resource
  const [name = '', subresource = '', more] = resource.path.split('/')
  if (name === '' || more !== undefined)
    throw new Error(`resource path ${resource.path} is neither RESOURCE nor RESOURCE/SUBRESOURCE`)
  if (storage.groupVersionKind)
    throw new Error(`${resource.path} speaks of another kind than its parent, which cannot be served yet`)
  const scope: RequestScope = {
    kind: resource.kind,
    resource: resourceOf(group, resource.path),
    subresource,
    namespaced: storage.namespaceScoped(),
    scheme: group.scheme,
    admission: group.admission,
    fieldLabels: new Set(['metadata.name', 'metadata.namespace', ...resource.selectableFields]),
    memberLimits: { ...DEFAULT_MEMBER_LIMITS, ...group.memberLimits },
    onParsedBody: group.onParsedBody,
    authorizeCreate: group.authorizeCreate,
  }
  const verbs = verbsOf(storage, scope.namespaced, subresource !== '')
  for (const verb of verbs) {
    for (const path of pathsOf(verb, scope, storage)) {
      const route = (method: string) => routeOf(webService, verb, path, scope, resource).method(method)
      webService.route(route(verb.method))
      if (answersHead(verb, scope)) webService.route(route('HEAD').metadata(UNDOCUMENTED, true))
    }
  }
  return apiResourceOf(resource, scope, verbs)
}

function verbsOf(storage: AnyStorage, namespaced: boolean, sub: boolean): readonly Verb[] {
  const own = VERBS.filter(
    (verb) => verb.supports(storage) && (!sub || verb.forSubresources) && (namespaced || !isOverAll(verb.place)),
  )
  return [...own, ...connectVerbs(storage)]
}

/** Custom resources are dispatched by verb, and HEAD means the same one as GET; built-in types have routes for GET alone. */
const answersHead = (verb: Verb, scope: RequestScope): boolean =>
  verb.method === 'GET' && verb.action !== 'CONNECT' && !scope.kind.typed

const isOverAll = (place: VerbPlace): boolean => place === 'all' || place === 'watch-all'

/** The path templates of a verb, below the group version's root. */
function pathsOf(verb: Verb, scope: RequestScope, storage: AnyStorage): readonly string[] {
  const { resource } = scope.resource
  const collection = scope.namespaced ? `/namespaces/{namespace}/${resource}` : `/${resource}`
  const item = scope.subresource === '' ? `${collection}/{name}` : `${collection}/{name}/${scope.subresource}`
  const paths: Readonly<Record<VerbPlace, string>> = {
    collection: scope.subresource === '' ? collection : item,
    item,
    all: `/${resource}`,
    'watch-collection': `/watch${collection}`,
    'watch-item': `/watch${collection}/{name}`,
    'watch-all': `/watch/${resource}`,
  }
  return verb.action === 'CONNECT' && storage.subpaths ? [item, `${item}/{path:*}`] : [paths[verb.place]]
}

function routeOf(
  webService: WebService<RequestContext>,
  verb: Verb,
  path: string,
  scope: RequestScope,
  resource: ResourceStorage,
): RouteBuilder<RequestContext> {
  const { gvk } = scope.kind
  const names = namesOf(verb, scope, resource)
  const handler = verb.handler(scope, resource.storage)
  const withPath = path.endsWith('{path:*}')
  const route = webService
    .method(verb.method)
    .path(path)
    .consumes(...(verb.consumes?.(scope.kind) ?? ['*/*']))
    .produces(...extraTypes(resource.storage, verb), ...verb.produces)
    .to(serve(handler, deprecationWarning(gvk.kind, scope, resource.deprecation)))
    .doc(verb.doc(names))
    .operation(verb.operation(names) + (withPath ? 'WithPath' : ''))
    .metadata('x-kubernetes-action', verb.action.toLowerCase())
    .metadata('x-kubernetes-group-version-kind', { group: gvk.group, kind: gvk.kind, version: gvk.version })
  if (verb.body) {
    route.param(new Parameter(bodyParameter(verb.body.required)))
    route.reads(verb.body.model(names))
  }
  for (const parameter of parametersOf(path, verb, gvk.kind)) route.param(new Parameter(parameter))
  for (const [code, message, model] of verb.returns(names)) route.returns(code, message, model)
  return resource.deprecation ? route.deprecate() : route
}

const extraTypes = (storage: AnyStorage, verb: Verb): readonly string[] =>
  storage.producesMIMETypes?.(verb.method) ?? []

function namesOf(verb: Verb, scope: RequestScope, resource: ResourceStorage): VerbNames {
  const { kind } = scope.kind.gvk
  const sub = scope.subresource === '' ? '' : scope.subresource[0]!.toUpperCase() + scope.subresource.slice(1)
  const namespaced = scope.namespaced && !isOverAll(verb.place) ? 'Namespaced' : ''
  return { kind, subject: `${namespaced}${kind}${sub}`, model: resource.model, listModel: resource.listModel }
}

function parametersOf(path: string, verb: Verb, kind: string): readonly ParameterDoc[] {
  const inPath = [
    ...(path.includes('{name}') ? [nameParameter(kind)] : []),
    ...(path.includes('{namespace}') ? [namespaceParameter] : []),
    ...(path.includes('{path:*}') ? [subpathParameter] : []),
  ]
  return verb.action === 'CONNECT' ? inPath : [...verb.parameters, ...inPath, prettyParameter]
}

/** What every answer of a version on its way out says in a Warning header. */
function deprecationWarning(
  kind: string,
  scope: RequestScope,
  deprecation: Deprecation | undefined,
): string | undefined {
  if (!deprecation) return undefined
  const { since, unavailableIn, replacement } = deprecation
  const end = unavailableIn ? `, unavailable in v${unavailableIn}+` : ''
  return `${scope.kind.apiVersion} ${kind} is deprecated in v${since}+${end}${replacement ? `; use ${replacement}` : ''}`
}
