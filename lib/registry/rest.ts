import type { Context } from '../meta/context.js'
import type { FieldSelector } from '../meta/fields/index.js'
import type { LabelSelector } from '../meta/labels/index.js'
import type { DeleteOptions } from '../meta/options/index.js'
import type { Status } from '../meta/status.js'
import type { Table } from '../meta/table.js'
import type { GroupVersionKind, KubeObject } from '../meta/types.js'
import type { KindVersion } from '../runtime/kind.js'
import type { StoredObject } from '../runtime/stored-object.js'
import type { Preconditions, ResourceVersionMatch, StoredList, WatchEvent } from '../storage/interface.js'

/**
 * What can stand behind a resource path (Kubernetes' package `rest`). A storage implements the interfaces of the verbs
 * it serves, no more; the installer makes a route for each and none for the others.
 */
export interface RestStorage {
  /** The kind that this storage speaks of, in the version the route group serves. */
  readonly kind: string
}

/** Whether the resource lives in namespaces. Every storage says so. */
export interface Scoper {
  namespaceScoped(): boolean
}

export interface ShortNamesProvider {
  shortNames(): readonly string[]
}

export interface CategoriesProvider {
  categories(): readonly string[]
}

export interface SingularNameProvider {
  singularName(): string
}

/** For storages whose objects are of another group or version than their path (autoscaling/v1 Scale, say). */
export interface GroupVersionKindProvider {
  groupVersionKind(containing: { readonly group: string; readonly version: string }): GroupVersionKind
}

/** Overrides what documentation and media types are derived from. */
export interface StorageMetadata {
  /** Media types a method answers besides the usual ones. */
  producesMIMETypes(method: string): readonly string[]
}

/** Options of a read of many, decoded: selectors are parsed, numbers are numbers. */
export interface ListQuery {
  readonly labelSelector: LabelSelector
  readonly fieldSelector: FieldSelector
  readonly resourceVersion: string
  readonly resourceVersionMatch: ResourceVersionMatch
  readonly limit: number
  readonly continue: string
  readonly allowWatchBookmarks: boolean
  readonly sendInitialEvents: boolean | undefined
}

/** What writers are told besides the object. */
export interface WriteQuery {
  readonly dryRun: boolean
  readonly fieldManager: string
}

export interface Getter {
  get(ctx: Context, name: string, options: { readonly resourceVersion: string }): Promise<StoredObject>
}

export interface Lister extends TableConvertor {
  list(ctx: Context, query: ListQuery): Promise<StoredList>
}

export interface Watcher {
  watch(ctx: Context, query: ListQuery): Promise<AsyncIterable<WatchEvent>>
}

/** Called with the complete new object just before it is stored; throws to refuse. */
export type ValidateObject = (ctx: Context, object: KubeObject) => Promise<void> | void
export type ValidateObjectUpdate = (ctx: Context, object: KubeObject, old: KubeObject) => Promise<void> | void

export interface Creater {
  create(ctx: Context, object: KubeObject, validate: ValidateObject, query: WriteQuery): Promise<StoredObject>
}

/** Creates below a named parent (`pods/NAME/binding`). */
export interface NamedCreater {
  createNamed(
    ctx: Context,
    name: string,
    object: KubeObject,
    validate: ValidateObject,
    query: WriteQuery,
  ): Promise<StoredObject>
}

/** Where an update's new state comes from; asked again whenever the stored object turned out to be another one. */
export interface UpdatedObjectInfo {
  readonly preconditions: Preconditions | undefined
  /** @param old what is stored, shared; undefined when there is none. */
  updatedObject(ctx: Context, old: StoredObject | undefined): Promise<KubeObject> | KubeObject
}

export interface UpdateRequest extends WriteQuery {
  readonly forceAllowCreate: boolean
  readonly createValidation: ValidateObject
  readonly updateValidation: ValidateObjectUpdate
}

export interface Updater {
  update(
    ctx: Context,
    name: string,
    info: UpdatedObjectInfo,
    request: UpdateRequest,
  ): Promise<{ object: StoredObject; created: boolean }>
}

export type Patcher = Getter & Updater

export interface GracefulDeleter {
  /** `deleted: false` = the object is only marked and will go later. */
  delete(
    ctx: Context,
    name: string,
    validate: ValidateObject,
    options: DeleteOptions,
  ): Promise<{ result: StoredObject | Status; deleted: boolean }>
}

export interface CollectionDeleter {
  deleteCollection(
    ctx: Context,
    validate: ValidateObject,
    options: DeleteOptions,
    query: ListQuery,
  ): Promise<StoredList>
}

/** Speaks for itself on the connection: proxies, terminals, logs. */
export interface Connecter<Handler = unknown> {
  connect(ctx: Context, name: string, path: string): Promise<Handler> | Handler
  connectMethods(): readonly string[]
  /** Whether paths below the resource are its own too (`/{path:*}`). */
  readonly subpaths?: boolean
}

/** Turns objects into the rows that `kubectl get` prints. Rows hold cells alone; handlers add the objects. */
export interface TableConvertor {
  convertToTable(ctx: Context, objects: readonly StoredObject[], kind: KindVersion): PrintedObjects
}

export interface PrintedObjects extends Pick<Table, 'columnDefinitions'> {
  readonly cells: unknown[][]
  /** What stands for the rows of no objects. Default `[]`. */
  readonly emptyRows?: '[]' | 'null'
}

/** All that a storage may implement, for asking which verbs it has. */
export type AnyStorage = RestStorage &
  Scoper &
  Partial<
    Getter &
      Lister &
      Watcher &
      Creater &
      NamedCreater &
      Updater &
      GracefulDeleter &
      CollectionDeleter &
      Connecter &
      ShortNamesProvider &
      CategoriesProvider &
      SingularNameProvider &
      GroupVersionKindProvider &
      StorageMetadata
  >
