import type { Context } from '../../meta/context.js'
import type { KubeObject } from '../../meta/types.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import { keyNotFound } from '../errors.js'
import type { Preconditions } from '../interface.js'
import type { KeyValue, WriteResult } from '../kv/types.js'
import { type Backing, fullKey, storedObject } from './backing.js'
import { settleUnknownOutcome } from './outcome.js'
import { checkPreconditions } from './preconditions.js'

/** @throws StorageError (KeyNotFound, InvalidObject), and whatever `validate` throws */
export async function deleteObject<T extends KubeObject>(
  backing: Backing<T>,
  ctx: Context,
  key: string,
  preconditions?: Preconditions,
  validate?: (object: T) => Promise<void> | void,
): Promise<StoredObject<T>> {
  const path = fullKey(backing, key)
  let { kv } = await backing.kv.get(ctx, path)
  for (;;) {
    if (!kv) throw keyNotFound(path)
    const stored = storedObject(backing, kv)
    checkPreconditions(path, preconditions, stored)
    await validate?.(stored.object)
    const result = await remove(backing, ctx, kv)
    if (result.ok) return stored.atRevision(result.revision)
    kv = result.current
  }
}

async function remove<T extends KubeObject>(backing: Backing<T>, ctx: Context, kv: KeyValue): Promise<WriteResult> {
  try {
    return await backing.kv.delete(ctx, kv.key, kv.modRevision)
  } catch (err) {
    const gone = (found: KeyValue | undefined) => !found || found.createRevision > kv.modRevision
    const { revision } = await settleUnknownOutcome(backing.kv, ctx, kv.key, err, gone)
    return { ok: true, revision }
  }
}
