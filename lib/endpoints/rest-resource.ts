import type { GroupVersionKind, KubeObject } from '../meta/types.js'
import { definitionName, inlineRefs, type KindDefinition, type OpenAPIDefinitions } from '../openapi/index.js'
import type { AnyStorage } from '../registry/rest.js'
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
import type { Deprecation, ResourceStorage } from './api-group-version.js'

/** What a storage of one's own is made with. */
export interface RestStorageParts {
  readonly kind: KindVersion
  /** Makes an answer of an object that is stored nowhere; its `metadata.resourceVersion` is shown if it is a number. */
  answer(object: KubeObject): StoredObject
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
  readonly selectableFields?: readonly string[]
  readonly deprecated?: Deprecation
  /** Implements the rest interfaces of the verbs that shall be served: Creater alone for a review, Lister for computed lists … */
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
 *
 * @throws SchemaError for a schema that is not structural; Error for a reference to nothing
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
 * ```
 */
export function defineRestResource(options: RestResourceOptions): RestResource {
  const { group, version, kind: name, schema, definitions = {}, typed = false, listKind, protobuf } = options
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
  const codec = new StorageCodec(scheme, kind)
  const answer = (object: KubeObject): StoredObject => codec.transient('', object)
  return {
    path: options.path,
    kind,
    storage: options.storage({ kind, answer }),
    model: name,
    listModel: listName,
    selectableFields: options.selectableFields ?? [],
    ...(options.deprecated ? { deprecation: options.deprecated } : {}),
  }
}

function kindDefinition({ options, gvk, kind }: RestResource): KindDefinition {
  const { schema, definitions, definitionName: name = definitionName(gvk) } = options
  return { gvk, name, schema, listKind: kind.listKind, ...(definitions ? { definitions } : {}) }
}
