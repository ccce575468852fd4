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
  cached?: StoredObject<T>,
): Promise<StoredObject<T>> {
  const path = fullKey(backing, key)
  const objectOf = (kv: KeyValue | undefined) => kv && storedObject(backing, kv)
  const read = async () => objectOf((await backing.kv.get(ctx, path)).kv)
  const check = async (stored: StoredObject<T>) => {
    checkPreconditions(path, preconditions, stored)
    await validate?.(stored.object)
  }
  let stored = cached ?? (await read())
  let current = !cached
  for (;;) {
    if (!stored) throw keyNotFound(path)
    try {
      await check(stored)
    } catch (err) {
      if (current) throw err
      // What was refused may have been the cached state alone.
      const fresh = await read()
      if (fresh?.revision === stored.revision) throw err
      stored = fresh
      current = true
      continue
    }
    const result = await remove(backing, ctx, path, stored.revision)
    if (result.ok) return stored.atRevision(result.revision)
    stored = objectOf(result.current)
    current = true
  }
}

async function remove<T extends KubeObject>(
  backing: Backing<T>,
  ctx: Context,
  path: string,
  expected: number,
): Promise<WriteResult> {
  try {
    return await backing.kv.delete(ctx, path, expected)
  } catch (err) {
    const gone = (found: KeyValue | undefined) => !found || found.createRevision > expected
    const { revision } = await settleUnknownOutcome(backing.kv, ctx, path, err, gone)
    return { ok: true, revision }
  }
}
