import {
  createParameters,
  deleteCollectionParameters,
  deleteParameters,
  getParameters,
  listParameters,
  metaName,
  type ParameterDoc,
  patchParameters,
  updateParameters,
} from '../openapi/index.js'
import type { AnyStorage, Lister } from '../registry/rest.js'
import type { KindVersion } from '../runtime/kind.js'
import { connectResource } from './handlers/connect.js'
import { createResource } from './handlers/create.js'
import { deleteResource } from './handlers/delete.js'
import { deleteCollection } from './handlers/delete-collection.js'
import { getResource } from './handlers/get.js'
import { listResource } from './handlers/list.js'
import { patchResource } from './handlers/patch.js'
import { PATCH_TYPES } from './handlers/patch-types.js'
import { updateResource } from './handlers/update.js'
import { MEDIA_TYPES, STREAM_MEDIA_TYPES } from './negotiation/serializers.js'
import type { Handler, RequestScope } from './request-scope.js'

/** Where a verb's path stands. `all` is the collection over all namespaces. */
export type VerbPlace = 'collection' | 'item' | 'all' | 'watch-collection' | 'watch-item' | 'watch-all'

/** What documentation needs to know of the resource. */
export interface VerbNames {
  /** `Flunder`. */
  readonly kind: string
  /** `NamespacedFlunder`, with the subresource behind it; the kind alone over all namespaces. */
  readonly subject: string
  readonly model: string
  readonly listModel: string
}

/** One thing that can be done to a resource: a value, over which the installer loops. */
export interface Verb {
  /** Kubernetes' name of the action, e.g. `LIST`; documentation says it in lower case. */
  readonly action: string
  readonly method: string
  readonly place: VerbPlace
  /** What discovery says. */
  readonly discovery: readonly string[]
  readonly produces: readonly string[]
  /** Media types of bodies, where not any will do. */
  readonly consumes?: (kind: KindVersion) => readonly string[]
  /** Whether it also makes sense below a named parent. */
  readonly forSubresources: boolean
  supports(storage: AnyStorage): boolean
  handler(scope: RequestScope, storage: AnyStorage): Handler
  readonly doc: (names: VerbNames) => string
  readonly operation: (names: VerbNames) => string
  readonly parameters: readonly ParameterDoc[]
  readonly body?: { readonly model: (names: VerbNames) => string; readonly required: boolean }
  readonly returns: (names: VerbNames) => readonly (readonly [code: number, message: string, model: string])[]
}

const PLAIN = MEDIA_TYPES
const LISTS = [...MEDIA_TYPES, ...STREAM_MEDIA_TYPES.map((type) => `${type};stream=watch`)]
const STATUS = metaName('Status')
const WATCH_EVENT = metaName('WatchEvent')
const DEPRECATED_LIST = "deprecated: use the 'watch' parameter with a list operation instead"

const isLister = (storage: AnyStorage): storage is AnyStorage & Lister => storage.list !== undefined

/** The storage, now known to have what `supports` looked for. */
const as = <T>(storage: AnyStorage): T => storage as unknown as T

const list = (place: 'collection' | 'all'): Verb => ({
  action: 'LIST',
  method: 'GET',
  place,
  discovery: ['list'],
  produces: LISTS,
  forSubresources: place === 'collection',
  supports: isLister,
  handler: (scope, storage) => listResource(scope, as(storage), false),
  doc: ({ kind }) => `list or watch objects of kind ${kind}`,
  operation: ({ subject }) => `list${subject}${place === 'all' ? 'ForAllNamespaces' : ''}`,
  parameters: listParameters,
  returns: ({ listModel }) => [[200, 'OK', listModel]],
})

const watchList = (place: 'watch-collection' | 'watch-all'): Verb => ({
  action: 'WATCHLIST',
  method: 'GET',
  place,
  discovery: ['watch'],
  produces: LISTS,
  forSubresources: false,
  supports: (storage) => isLister(storage) && storage.watch !== undefined,
  handler: (scope, storage) => listResource(scope, as(storage), true),
  doc: ({ kind }) => `watch individual changes to a list of ${kind}. ${DEPRECATED_LIST}.`,
  operation: ({ subject }) => `watch${subject}List${place === 'watch-all' ? 'ForAllNamespaces' : ''}`,
  parameters: listParameters,
  returns: () => [[200, 'OK', WATCH_EVENT]],
})

/** Everything that can be done to a resource, in the order of documentation. */
export const VERBS: readonly Verb[] = [
  list('collection'),
  {
    action: 'POST',
    method: 'POST',
    place: 'collection',
    discovery: ['create'],
    produces: PLAIN,
    forSubresources: true,
    supports: (storage) => storage.create !== undefined || storage.createNamed !== undefined,
    handler: (scope, storage) => createResource(scope, as(storage)),
    doc: ({ kind }) => `create ${article(kind)} ${kind}`,
    operation: ({ subject }) => `create${subject}`,
    parameters: createParameters,
    body: { model: ({ model }) => model, required: true },
    returns: ({ model }) => [
      [200, 'OK', model],
      [201, 'Created', model],
      [202, 'Accepted', model],
    ],
  },
  {
    action: 'DELETECOLLECTION',
    method: 'DELETE',
    place: 'collection',
    discovery: ['deletecollection'],
    produces: PLAIN,
    forSubresources: false,
    supports: (storage) => storage.deleteCollection !== undefined,
    handler: (scope, storage) => deleteCollection(scope, as(storage)),
    doc: ({ kind }) => `delete collection of ${kind}`,
    operation: ({ subject }) => `deletecollection${subject}`,
    parameters: deleteCollectionParameters,
    body: { model: () => metaName('DeleteOptions'), required: false },
    returns: () => [[200, 'OK', STATUS]],
  },
  watchList('watch-collection'),
  {
    action: 'GET',
    method: 'GET',
    place: 'item',
    discovery: ['get'],
    produces: PLAIN,
    forSubresources: true,
    supports: (storage) => storage.get !== undefined,
    handler: (scope, storage) => getResource(scope, as(storage)),
    doc: ({ kind }) => `read the specified ${kind}`,
    operation: ({ subject }) => `read${subject}`,
    parameters: getParameters,
    returns: ({ model }) => [[200, 'OK', model]],
  },
  {
    action: 'PUT',
    method: 'PUT',
    place: 'item',
    discovery: ['update'],
    produces: PLAIN,
    forSubresources: true,
    supports: (storage) => storage.update !== undefined,
    handler: (scope, storage) => updateResource(scope, as(storage)),
    doc: ({ kind }) => `replace the specified ${kind}`,
    operation: ({ subject }) => `replace${subject}`,
    parameters: updateParameters,
    body: { model: ({ model }) => model, required: true },
    returns: ({ model }) => [
      [200, 'OK', model],
      [201, 'Created', model],
    ],
  },
  {
    action: 'PATCH',
    method: 'PATCH',
    place: 'item',
    discovery: ['patch'],
    produces: PLAIN,
    // Custom resources are looked at by the handler, which names the types that it takes.
    consumes: (kind) => (kind.typed ? PATCH_TYPES : ['*/*']),
    forSubresources: true,
    supports: (storage) => storage.get !== undefined && storage.update !== undefined,
    handler: (scope, storage) => patchResource(scope, as(storage)),
    doc: ({ kind }) => `partially update the specified ${kind}`,
    operation: ({ subject }) => `patch${subject}`,
    parameters: patchParameters,
    body: { model: () => metaName('Patch'), required: true },
    returns: ({ model }) => [
      [200, 'OK', model],
      [201, 'Created', model],
    ],
  },
  {
    action: 'DELETE',
    method: 'DELETE',
    place: 'item',
    discovery: ['delete'],
    produces: PLAIN,
    forSubresources: true,
    supports: (storage) => storage.delete !== undefined,
    handler: (scope, storage) => deleteResource(scope, as(storage)),
    doc: ({ kind }) => `delete ${article(kind)} ${kind}`,
    operation: ({ subject }) => `delete${subject}`,
    parameters: deleteParameters,
    body: { model: () => metaName('DeleteOptions'), required: false },
    returns: () => [
      [200, 'OK', STATUS],
      [202, 'Accepted', STATUS],
    ],
  },
  {
    action: 'WATCH',
    method: 'GET',
    place: 'watch-item',
    discovery: ['watch'],
    produces: LISTS,
    forSubresources: false,
    supports: (storage) => isLister(storage) && storage.watch !== undefined,
    handler: (scope, storage) => listResource(scope, as(storage), true),
    doc: ({ kind }) =>
      `watch changes to an object of kind ${kind}. ${DEPRECATED_LIST}, filtered to a single item with the 'fieldSelector' parameter.`,
    operation: ({ subject }) => `watch${subject}`,
    parameters: listParameters,
    returns: () => [[200, 'OK', WATCH_EVENT]],
  },
  list('all'),
  watchList('watch-all'),
]

const CONNECT_DISCOVERY: ReadonlyMap<string, string> = new Map([
  ['GET', 'get'],
  ['HEAD', 'get'],
  ['POST', 'create'],
  ['PUT', 'update'],
  ['PATCH', 'patch'],
  ['DELETE', 'delete'],
])

/** The verbs of a storage that speaks for itself on the connection: one for each method it takes. */
export function connectVerbs(storage: AnyStorage): readonly Verb[] {
  if (!storage.connect || !storage.connectMethods) return []
  return storage.connectMethods().map((method): Verb => {
    const discovery = CONNECT_DISCOVERY.get(method)
    return {
      action: 'CONNECT',
      method,
      place: 'item',
      discovery: discovery ? [discovery] : [],
      produces: ['*/*'],
      forSubresources: true,
      supports: () => true,
      handler: (scope, connecter) => connectResource(scope, as<Parameters<typeof connectResource>[1]>(connecter)),
      doc: ({ kind }) => `connect ${method} requests to ${kind}`,
      operation: ({ subject }) => `connect${method[0]}${method.slice(1).toLowerCase()}${subject}`,
      parameters: [],
      returns: () => [[200, 'OK', 'string']],
    }
  })
}

const article = (kind: string): string => (/^[AEIOU]/i.test(kind) ? 'an' : 'a')
