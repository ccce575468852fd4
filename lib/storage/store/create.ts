import type { Context } from '../../meta/context.js'
import { unclassified } from '../../meta/errors.js'
import { parseObjectResourceVersion } from '../../meta/resource-version.js'
import type { KubeObject } from '../../meta/types.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import { keyExists } from '../errors.js'
import { type Backing, fullKey } from './backing.js'
import { settleUnknownOutcome } from './outcome.js'

/** @throws StorageError (KeyExists); StatusError 500 when the object says a resourceVersion. */
export async function create<T extends KubeObject>(
  backing: Backing<T>,
  ctx: Context,
  key: string,
  object: T,
  ttlSeconds = 0,
): Promise<StoredObject<T>> {
  if (isNumberedVersion(object.metadata.resourceVersion))
    throw unclassified('resourceVersion should not be set on objects to be created')
  const path = fullKey(backing, key)
  const value = backing.codec.encode(object)
  const stored = backing.transformer.toStorage(value, path)
  const options = ttlSeconds > 0 ? { lease: await backing.leases.leaseFor(ctx, ttlSeconds) } : {}
  try {
    const result = await backing.kv.create(ctx, path, stored, options)
    if (!result.ok) throw keyExists(path)
    return backing.codec.written(path, value, result.revision)
  } catch (err) {
    const found = await settleUnknownOutcome(backing.kv, ctx, path, err, (kv) => kv?.value.equals(stored) ?? false)
    return backing.codec.written(path, value, found.kv!.modRevision)
  }
}

/** Kubernetes looks the other way when the version is "0" or no number at all. */
function isNumberedVersion(resourceVersion: string | undefined): boolean {
  if (resourceVersion === undefined) return false
  try {
    return parseObjectResourceVersion(resourceVersion) !== 0
  } catch {
    return false
  }
}
