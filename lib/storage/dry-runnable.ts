import type { Context } from '../meta/context.js'
import type { KubeObject } from '../meta/types.js'
import type { StorageCodec, StoredObject } from '../runtime/stored-object.js'
import { isStorageError, keyExists, keyNotFound } from './errors.js'
import type { Interface, Preconditions, UpdateOptions } from './interface.js'
import { checkPreconditions } from './store/preconditions.js'

/**
 * A storage whose writes can be tried without writing (KEP-576): everything happens as usual, admission and validation
 * included, up to the point where the store would be asked.
 */
export class DryRunnableStorage<T extends KubeObject = KubeObject> {
  constructor(
    readonly storage: Interface<T>,
    readonly codec: StorageCodec<T>,
  ) {}

  async create(ctx: Context, key: string, object: T, dryRun: boolean, ttlSeconds?: number): Promise<StoredObject<T>> {
    if (!dryRun) return this.storage.create(ctx, key, object, ttlSeconds)
    if (await this.#find(ctx, key)) throw keyExists(key)
    return this.codec.transient(key, object)
  }

  async delete(
    ctx: Context,
    key: string,
    preconditions: Preconditions | undefined,
    validate: (object: T) => Promise<void> | void,
    dryRun: boolean,
  ): Promise<StoredObject<T>> {
    if (!dryRun) return this.storage.delete(ctx, key, preconditions, validate)
    const stored = await this.storage.get(ctx, key)
    checkPreconditions(key, preconditions, stored)
    await validate(stored.object)
    return stored
  }

  async guaranteedUpdate(
    ctx: Context,
    key: string,
    options: UpdateOptions<T>,
    dryRun: boolean,
  ): Promise<StoredObject<T>> {
    if (!dryRun) return this.storage.guaranteedUpdate(ctx, key, options)
    const stored = await this.#find(ctx, key)
    if (!stored && !options.ignoreNotFound) throw keyNotFound(key)
    checkPreconditions(key, options.preconditions, stored)
    const { object } = await options.tryUpdate(stored)
    return this.codec.transient(key, object)
  }

  async #find(ctx: Context, key: string): Promise<StoredObject<T> | undefined> {
    try {
      return await this.storage.get(ctx, key)
    } catch (err) {
      if (isStorageError(err, 'KeyNotFound')) return undefined
      throw err
    }
  }
}
