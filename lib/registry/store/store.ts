import type { Context } from '../../meta/context.js'
import type { DeleteOptions } from '../../meta/options/index.js'
import type { Status } from '../../meta/status.js'
import type { KubeObject } from '../../meta/types.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import type { StoredList, WatchEvent } from '../../storage/interface.js'
import type {
  CategoriesProvider,
  CollectionDeleter,
  Creater,
  Getter,
  GracefulDeleter,
  Lister,
  ListQuery,
  PrintedObjects,
  RestStorage,
  Scoper,
  ShortNamesProvider,
  SingularNameProvider,
  UpdatedObjectInfo,
  UpdateRequest,
  Updater,
  ValidateObject,
  Watcher,
  WriteQuery,
} from '../rest.js'
import { columnsOf, type PrinterColumn } from '../table-convertor.js'
import { create } from './create.js'
import { deleteObject } from './delete.js'
import { deleteCollection } from './delete-collection.js'
import type { StoreParts } from './parts.js'
import { get, list, watch } from './read.js'
import { update } from './update.js'

export interface StoreOptions extends StoreParts {
  readonly singularName: string
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
  readonly printerColumns?: readonly PrinterColumn[]
  /** Whether the kind shows itself as types compiled into Kubernetes do. */
  readonly typed?: boolean
}

type AllVerbs = RestStorage &
  Scoper &
  Getter &
  Lister &
  Watcher &
  Creater &
  Updater &
  GracefulDeleter &
  CollectionDeleter
type AllNames = ShortNamesProvider & CategoriesProvider & SingularNameProvider

/** The generic registry Store: every verb of a kind whose objects are kept in storage; one file a verb beside this one. */
export class Store implements AllVerbs, AllNames {
  readonly kind: string
  readonly #columns: ReturnType<typeof columnsOf>

  constructor(readonly options: StoreOptions) {
    this.kind = options.kind.kind
    this.#columns = columnsOf(options.printerColumns, options.typed)
  }

  namespaceScoped(): boolean {
    return this.options.strategy.namespaceScoped
  }

  singularName(): string {
    return this.options.singularName
  }

  shortNames(): readonly string[] {
    return this.options.shortNames ?? []
  }

  categories(): readonly string[] {
    return this.options.categories ?? []
  }

  /** Top-level fields that writes here cannot change. */
  resetFields(): readonly string[] {
    return this.options.strategy.resetFields ?? []
  }

  /** @param options default: the newest, as acknowledged before */
  get(ctx: Context, name: string, options: { readonly resourceVersion?: string } = {}): Promise<StoredObject> {
    return get(this.options, ctx, name, options.resourceVersion ?? '')
  }

  list(ctx: Context, query: ListQuery): Promise<StoredList> {
    return list(this.options, ctx, query)
  }

  watch(ctx: Context, query: ListQuery): Promise<AsyncIterable<WatchEvent>> {
    return watch(this.options, ctx, query)
  }

  create(ctx: Context, object: KubeObject, validate: ValidateObject, query: WriteQuery): Promise<StoredObject> {
    return create(this.options, ctx, object, validate, query)
  }

  update(
    ctx: Context,
    name: string,
    info: UpdatedObjectInfo,
    request: UpdateRequest,
  ): Promise<{ object: StoredObject; created: boolean }> {
    return update(this.options, ctx, name, info, request)
  }

  delete(
    ctx: Context,
    name: string,
    validate: ValidateObject,
    options: DeleteOptions,
  ): Promise<{ result: StoredObject | Status; deleted: boolean }> {
    return deleteObject(this.options, ctx, name, validate, options)
  }

  deleteCollection(
    ctx: Context,
    validate: ValidateObject,
    options: DeleteOptions,
    query: ListQuery,
  ): Promise<StoredList> {
    return deleteCollection(this.options, ctx, validate, options, query)
  }

  convertToTable(_ctx: Context, objects: readonly StoredObject[]): PrintedObjects {
    return {
      columnDefinitions: this.#columns.definitions,
      emptyRows: this.#columns.emptyRows,
      cells: objects.map((stored) => this.#columns.cellsOf(stored.object)),
    }
  }
}
