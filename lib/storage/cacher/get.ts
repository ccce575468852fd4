import type { Context } from '../../meta/context.js'
import type { KubeObject } from '../../meta/types.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import { keyNotFound } from '../errors.js'
import type { GetOptions } from '../interface.js'
import { fullKey } from '../store/backing.js'
import type { Caching } from './caching.js'
import { freshEnough, ifStill } from './freshness.js'

/** @throws StorageError (KeyNotFound, TooLargeResourceVersion) */
export async function getFromCache<T extends KubeObject>(
  cacher: Caching<T>,
  ctx: Context,
  key: string,
  options: GetOptions = {},
): Promise<StoredObject<T>> {
  const fresh = freshEnough(cacher, options.resourceVersion ?? '')
  const cache = fresh instanceof Promise ? ifStill(cacher, await fresh) : fresh
  if (!cache) return cacher.store.get(ctx, key, options)
  const path = fullKey(cacher.backing, key)
  const object = cache.get(path)
  if (!object) throw keyNotFound(path)
  return object
}
