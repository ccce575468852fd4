import type { Context } from '../../meta/context.js'
import type { KubeObject } from '../../meta/types.js'
import { decodeJSON, deepEqual } from '../../runtime/json/index.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import { keyNotFound } from '../errors.js'
import type { UpdateOptions } from '../interface.js'
import type { KeyValue, WriteOptions, WriteResult } from '../kv/types.js'
import { type Backing, fullKey, storedObject } from './backing.js'
import { settleUnknownOutcome } from './outcome.js'
import { checkPreconditions } from './preconditions.js'

/** What an update begins from, and whether it was read just now or may be old. */
interface Origin<T extends KubeObject> {
  readonly object: StoredObject<T> | undefined
  readonly current: boolean
}

/** @throws StorageError (KeyNotFound, InvalidObject), and whatever `tryUpdate` throws */
export async function guaranteedUpdate<T extends KubeObject>(
  backing: Backing<T>,
  ctx: Context,
  key: string,
  options: UpdateOptions<T>,
): Promise<StoredObject<T>> {
  const path = fullKey(backing, key)
  const read = async () => originOf(backing, (await backing.kv.get(ctx, path)).kv)
  let origin: Origin<T> = options.cached ? { object: options.cached, current: false } : await read()
  for (;;) {
    const { object: existing, current } = origin
    const attempt = await prepare(backing, path, existing, options).catch(async (err: unknown) => {
      if (current) throw err
      // What was refused may have been the cached state alone.
      origin = await read()
      if (existing && origin.object?.revision === existing.revision) throw err
      return undefined
    })
    if (!attempt) continue
    if (attempt.unchanged) {
      if (current) return existing!
      origin = await read()
      if (origin.object?.revision === existing!.revision) return existing!
      continue
    }
    const stored = backing.transformer.toStorage(attempt.value, path)
    const lease = attempt.ttlSeconds > 0 ? { lease: await backing.leases.leaseFor(ctx, attempt.ttlSeconds) } : {}
    const result = await write(backing, ctx, path, stored, existing?.revision, lease)
    if (result.ok) return backing.codec.written(path, attempt.value, result.revision)
    origin = originOf(backing, result.current)
  }
}

const originOf = <T extends KubeObject>(backing: Backing<T>, kv: KeyValue | undefined): Origin<T> => ({
  object: kv && storedObject(backing, kv),
  current: true,
})

/** Lets the new state be made of the existing one. */
async function prepare<T extends KubeObject>(
  backing: Backing<T>,
  path: string,
  existing: StoredObject<T> | undefined,
  options: UpdateOptions<T>,
): Promise<{ value: Buffer; ttlSeconds: number; unchanged: boolean }> {
  if (!existing && !options.ignoreNotFound) throw keyNotFound(path)
  checkPreconditions(path, options.preconditions, existing)
  const { object, ttlSeconds = 0 } = await options.tryUpdate(existing)
  const value = backing.codec.encode(object)
  const unchanged =
    existing !== undefined && ttlSeconds === 0 && !existing.needsRewrite && sameContent(value, existing.value)
  return { value, ttlSeconds, unchanged }
}

/** Longer encodings are compared byte by byte alone: parsing two of them would hold up everybody. */
const MAX_PARSED_BYTES = 256 * 1024

/** Whether two encodings say the same; clients send the members of an object in whatever order they like. */
function sameContent(a: Buffer, b: Buffer): boolean {
  if (a.equals(b)) return true
  if (a.length !== b.length || a.length > MAX_PARSED_BYTES) return false
  return deepEqual(decodeJSON(a).value, decodeJSON(b).value)
}

async function write<T extends KubeObject>(
  backing: Backing<T>,
  ctx: Context,
  path: string,
  value: Buffer,
  expected: number | undefined,
  options: WriteOptions,
): Promise<WriteResult> {
  try {
    if (expected === undefined) return await backing.kv.create(ctx, path, value, options)
    return await backing.kv.update(ctx, path, value, expected, options)
  } catch (err) {
    const isOurs = (found: KeyValue | undefined) =>
      found !== undefined && found.modRevision > (expected ?? 0) && found.value.equals(value)
    const found = await settleUnknownOutcome(backing.kv, ctx, path, err, isOurs)
    return { ok: true, revision: found.kv!.modRevision }
  }
}
