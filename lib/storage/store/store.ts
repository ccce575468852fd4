import type { Context } from '../../meta/context.js'
import type { KubeObject } from '../../meta/types.js'
import type { StorageCodec, StoredObject } from '../../runtime/stored-object.js'
import type {
  GetOptions,
  Interface,
  ListOptions,
  Preconditions,
  StoredList,
  UpdateOptions,
  WatchEvent,
  WatchOptions,
} from '../interface.js'
import type { RevisionedKV } from '../kv/types.js'
import { LeaseManager } from '../lease-manager.js'
import { identityTransformer, type ValueTransformer } from '../value-transformer.js'
import { versioner } from '../versioner.js'
import { type Backing, listPrefix } from './backing.js'
import { create } from './create.js'
import { deleteObject } from './delete.js'
import { get } from './get.js'
import { guaranteedUpdate } from './guaranteed-update.js'
import { getList } from './list.js'
import { watch } from './watch.js'

export interface StoreOptions<T extends KubeObject> {
  readonly kv: RevisionedKV
  readonly codec: StorageCodec<T>
  /** Path prefix of all keys. Default `/registry`, as Kubernetes has it. */
  readonly prefix?: string
  readonly transformer?: ValueTransformer
}

/**
 * `storage.Interface` on a revisioned key-value store; one file a verb beside this one.
 *
 * @example
 * ```ts
 * const store = new Store({ kv: lmdb('./data'), codec: new StorageCodec(scheme, flunderV1) })
 * const object = await store.get(backgroundContext(), '/wardle.example.com/flunders/default/a')
 * ```
 */
export class Store<T extends KubeObject = KubeObject> implements Interface<T> {
  readonly versioner = versioner
  /** @internal */
  readonly backing: Backing<T>

  constructor(options: StoreOptions<T>) {
    this.backing = {
      kv: options.kv,
      codec: options.codec,
      prefix: (options.prefix ?? '/registry').replace(/\/+$/, ''),
      transformer: options.transformer ?? identityTransformer,
      leases: new LeaseManager(options.kv),
    }
  }

  create(ctx: Context, key: string, object: T, ttlSeconds?: number): Promise<StoredObject<T>> {
    return create(this.backing, ctx, key, object, ttlSeconds)
  }

  get(ctx: Context, key: string, options?: GetOptions): Promise<StoredObject<T>> {
    return get(this.backing, ctx, key, options)
  }

  getList(ctx: Context, key: string, options: ListOptions): Promise<StoredList<T>> {
    return getList(this.backing, ctx, key, options)
  }

  watch(ctx: Context, key: string, options: WatchOptions): Promise<AsyncIterable<WatchEvent<T>>> {
    return watch(this.backing, ctx, key, options)
  }

  delete(
    ctx: Context,
    key: string,
    preconditions?: Preconditions,
    validate?: (object: T) => Promise<void> | void,
    cached?: StoredObject<T>,
  ): Promise<StoredObject<T>> {
    return deleteObject(this.backing, ctx, key, preconditions, validate, cached)
  }

  guaranteedUpdate(ctx: Context, key: string, options: UpdateOptions<T>): Promise<StoredObject<T>> {
    return guaranteedUpdate(this.backing, ctx, key, options)
  }

  async count(ctx: Context, key: string): Promise<number> {
    const { count } = await this.backing.kv.count(ctx, listPrefix(this.backing, key))
    return count
  }
}
