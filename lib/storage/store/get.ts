import type { Context } from '../../meta/context.js'
import type { KubeObject } from '../../meta/types.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import { keyNotFound } from '../errors.js'
import type { GetOptions } from '../interface.js'
import { validateMinimumResourceVersion } from '../versioner.js'
import { type Backing, fullKey, storedObject } from './backing.js'

/** @throws StorageError (KeyNotFound, TooLargeResourceVersion) */
export async function get<T extends KubeObject>(
  backing: Backing<T>,
  ctx: Context,
  key: string,
  options: GetOptions = {},
): Promise<StoredObject<T>> {
  const path = fullKey(backing, key)
  const { kv, revision } = await backing.kv.get(ctx, path)
  if (options.resourceVersion) validateMinimumResourceVersion(options.resourceVersion, revision)
  if (!kv) throw keyNotFound(path)
  return storedObject(backing, kv)
}
