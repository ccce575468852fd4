import type { Context } from '../../meta/context.js'
import type { KubeObject } from '../../meta/types.js'
import { decodeJSON, deepEqual } from '../../runtime/json/index.js'
import { StoredObject } from '../../runtime/stored-object.js'
import { keyNotFound } from '../errors.js'
import type { UpdateOptions } from '../interface.js'
import type { KeyValue, WriteOptions, WriteResult } from '../kv/types.js'
import { type Backing, fullKey } from './backing.js'
import { settleUnknownOutcome } from './outcome.js'
import { checkPreconditions } from './preconditions.js'

/** @throws StorageError (KeyNotFound, InvalidObject), and whatever `tryUpdate` throws */
export async function guaranteedUpdate<T extends KubeObject>(
  backing: Backing<T>,
  ctx: Context,
  key: string,
  options: UpdateOptions<T>,
): Promise<StoredObject<T>> {
  const path = fullKey(backing, key)
  let { kv } = await backing.kv.get(ctx, path)
  for (;;) {
    if (!kv && !options.ignoreNotFound) throw keyNotFound(path)
    const origin = kv && openOrigin(backing, kv)
    if (origin) checkPreconditions(path, options.preconditions, origin.object)
    const { object, ttlSeconds = 0 } = await options.tryUpdate(origin?.object)
    const value = backing.codec.encode(object)
    const unchanged = origin && !origin.stale && sameContent(value, origin.object.value)
    if (unchanged && ttlSeconds === 0 && kv?.lease === '') return origin.object
    const stored = backing.transformer.toStorage(value, path)
    const lease = ttlSeconds > 0 ? { lease: await backing.leases.leaseFor(ctx, ttlSeconds) } : {}
    const result = await write(backing, ctx, path, stored, kv, lease)
    if (result.ok) return new StoredObject(path, value, result.revision, backing.codec)
    kv = result.current
  }
}

/** Whether two encodings say the same; clients send the members of an object in whatever order they like. */
function sameContent(a: Buffer, b: Buffer): boolean {
  return a.equals(b) || (a.length === b.length && deepEqual(decodeJSON(a).value, decodeJSON(b).value))
}

function openOrigin<T extends KubeObject>(
  backing: Backing<T>,
  kv: KeyValue,
): { object: StoredObject<T>; stale: boolean } {
  const { value, stale } = backing.transformer.fromStorage(kv.value, kv.key)
  return { object: new StoredObject(kv.key, value, kv.modRevision, backing.codec), stale }
}

async function write<T extends KubeObject>(
  backing: Backing<T>,
  ctx: Context,
  path: string,
  value: Buffer,
  expected: KeyValue | undefined,
  options: WriteOptions,
): Promise<WriteResult> {
  try {
    if (!expected) return await backing.kv.create(ctx, path, value, options)
    return await backing.kv.update(ctx, path, value, expected.modRevision, options)
  } catch (err) {
    const before = expected?.modRevision ?? 0
    const isOurs = (found: KeyValue | undefined) =>
      found !== undefined && found.modRevision > before && found.value.equals(value)
    const found = await settleUnknownOutcome(backing.kv, ctx, path, err, isOurs)
    return { ok: true, revision: found.kv!.modRevision }
  }
}
