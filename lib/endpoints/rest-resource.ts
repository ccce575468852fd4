import type { GroupVersionKind, KubeObject } from '../meta/types.js'
import { definitionName, inlineRefs, type KindDefinition, type OpenAPIDefinitions } from '../openapi/index.js'
import type { AnyStorage, ListQuery, TableConvertor } from '../registry/rest.js'
import { columnsOf, type PrinterColumn } from '../registry/table-convertor.js'
import {
  type JSONSchema,
  type KindVersion,
  kindVersion,
  type ProtobufMessage,
  type Scheme,
  StorageCodec,
  type StoredObject,
} from '../runtime/index.js'
import { compileSchema } from '../runtime/schema/index.js'
import type { StoredList } from '../storage/interface.js'
import type { Deprecation, ResourceStorage } from './api-group-version.js'
import { requireNames } from './require-names.js'

/** What a storage of one's own is made with. */
export interface RestStorageParts {
  readonly kind: KindVersion
  /** Makes an answer of an object that is stored nowhere; its `metadata.resourceVersion` is shown if it is a number. */
  answer(object: KubeObject): StoredObject
  /**
   * Makes the answer to a list of those objects that its selectors choose. All of them at once: a limit is a wish that a server
   * need not fulfil.
   *
   * @param resourceVersion of the list as a whole, for watches to begin from; default `''`
   */
  list(objects: readonly KubeObject[], query: ListQuery, resourceVersion?: string): StoredList
  /** Turns objects into what `kubectl get` prints. Default: name and age. */
  table(columns?: readonly PrinterColumn[]): TableConvertor
}

/** What {@link defineRestResource} takes. */
export interface RestResourceOptions {
  /** API group; `''` is the core group. */
  readonly group: string
  readonly version: string
  readonly kind: string
  /** `tokenreviews`, or with a subresource `widgets/scale`. */
  readonly path: string
  /** OpenAPI v3 structural schema; `{ $ref: name }` refers to {@link definitions}. */
  readonly schema: JSONSchema
  readonly definitions?: Readonly<Record<string, JSONSchema>>
  /** Name of the kind in OpenAPI. Default: as custom resources are named. */
  readonly definitionName?: string
  /** Default: the kind followed by `List`. */
  readonly listKind?: string
  /** Behave as types compiled into Kubernetes do, see `ResourceOptions.typed`. Default false. */
  readonly typed?: boolean
  /** The kind's fields by number: clients that have it compiled in write it in protobuf. Default: they are refused with 415. */
  readonly protobuf?: ProtobufMessage
  /** Fields that field selectors may name, besides metadata.name and metadata.namespace. */
  readonly selectableFields?: Readonly<Record<string, (object: KubeObject) => string>>
  readonly deprecated?: Deprecation
  /**
   * Implements the rest interfaces of the verbs that shall be served: `Creater` alone for a review, `Getter` and `Lister` for
   * what is computed, `Watcher` besides for what changes. The namespace asked for is `ctx.requestInfo?.namespace`, `''` = all.
   * What a method throws is the answer where it is a `StatusError` (`notFound(…)`), else a 500.
   */
  readonly storage: (parts: RestStorageParts) => AnyStorage
}

/** A resource whose objects come from a storage of its author's (Kubernetes' `VersionedResourcesStorageMap`). */
export interface RestResource {
  readonly options: RestResourceOptions
  readonly gvk: GroupVersionKind
  readonly kind: KindVersion
}

/**
 * Describes a resource that is not kept in the store of this server: answers that are computed, or fetched from elsewhere.
 * It is discovered, documented, authorized and audited as any other.
 *
 * @throws SchemaError for a schema that is not structural; Error for a reference to nothing, and for names that cannot stand
 * in a path
 * @example
 * ```ts
 * const coinFlips = defineRestResource({
 *   group: 'games.example.com', version: 'v1', kind: 'CoinFlip', path: 'coinflips',
 *   schema: { type: 'object', properties: { heads: { type: 'boolean' } } },
 *   storage: ({ answer }) => ({
 *     kind: 'CoinFlip',
 *     namespaceScoped: () => false,
 *     create: async (_ctx, object) => answer({ ...object, heads: Math.random() < 0.5 }),
 *   }),
 * })
 * const api = apiserver({ resources: [], restResources: [coinFlips], storage: lmdb('./data') })
 * ```
 */
export function defineRestResource(options: RestResourceOptions): RestResource {
  const { group, version, kind: name, schema, definitions = {}, typed = false, listKind, protobuf } = options
  const [plural = ''] = options.path.split('/')
  requireNames({ group, kind: name, plural, versions: [version] })
  const gvk = { group, version, kind: name }
  const kind = kindVersion({
    gvk,
    schema: compileSchema(inlineRefs(schema, definitions), { kind: name }),
    typed,
    ...(listKind ? { listKind } : {}),
    ...(protobuf ? { protobuf } : {}),
  })
  return { options, gvk, kind }
}

/** Makes the storage of a resource, and makes its kind known for decoding and documentation. */
export function installRestResource(
  resource: RestResource,
  scheme: Scheme,
  definitions: OpenAPIDefinitions,
): ResourceStorage {
  const { options, gvk } = resource
  // Several paths may speak of one kind.
  const known = scheme.kind(gvk)
  const kind = known ?? resource.kind
  if (!known) scheme.addKnownKind(kind)
  const { name, listName } = definitions.addKind(kindDefinition(resource))
  const { selectableFields = {} } = options
  const codec = new StorageCodec(scheme, kind)
  const answer = (object: KubeObject): StoredObject => codec.transient(keyOf(object), object)
  return {
    path: options.path,
    kind,
    storage: options.storage({
      kind,
      answer,
      list: (objects, query, resourceVersion = '') => ({
        items: objects.filter((object) => isSelected(object, query, selectableFields)).map(answer),
        resourceVersion,
        continue: '',
        remainingItemCount: undefined,
      }),
      table: (columns) => tableConvertor(columns, kind.typed),
    }),
    model: name,
    listModel: listName,
    selectableFields: Object.keys(selectableFields),
    ...(options.deprecated ? { deprecation: options.deprecated } : {}),
  }
}

/** As the store would have it: told apart by namespace and name. */
const keyOf = ({ metadata: { namespace = '', name = '' } }: KubeObject): string =>
  namespace === '' ? `/${name}` : `/${namespace}/${name}`

function isSelected(
  object: KubeObject,
  { labelSelector, fieldSelector }: ListQuery,
  selectableFields: NonNullable<RestResourceOptions['selectableFields']>,
): boolean {
  const { name = '', namespace = '', labels = {} } = object.metadata
  if (!labelSelector.matches(labels)) return false
  if (fieldSelector.empty()) return true
  const own = Object.entries(selectableFields).map(([field, read]) => [field, read(object)])
  return fieldSelector.matches({ ...Object.fromEntries(own), 'metadata.name': name, 'metadata.namespace': namespace })
}

function tableConvertor(printerColumns: readonly PrinterColumn[] | undefined, typed: boolean): TableConvertor {
  const { definitions, cellsOf } = columnsOf(printerColumns, typed)
  return {
    convertToTable: (_ctx, objects) => ({
      columnDefinitions: definitions,
      cells: objects.map(({ object }) => cellsOf(object)),
    }),
  }
}

function kindDefinition({ options, gvk, kind }: RestResource): KindDefinition {
  const { schema, definitions, definitionName: name = definitionName(gvk) } = options
  return { gvk, name, schema, listKind: kind.listKind, ...(definitions ? { definitions } : {}) }
}
