import type { Context } from '../../meta/context.js'
import { conflict } from '../../meta/errors.js'
import type { DeleteOptions } from '../../meta/options/index.js'
import { type Status, successStatus } from '../../meta/status.js'
import { formatTime } from '../../meta/time.js'
import type { KubeObject, ObjectMeta } from '../../meta/types.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import { isStorageError } from '../../storage/errors.js'
import type { Preconditions } from '../../storage/interface.js'
import { interpretStorageError } from '../interpret-error.js'
import type { ValidateObject } from '../rest.js'
import { keyOf, type StoreParts } from './parts.js'

const ORPHAN = 'orphan'
const FOREGROUND = 'foregroundDeletion'

/** The object is only to be marked (it has finalizers, or is granted time): leave it there. */
type Outcome = { readonly remove: true } | { readonly remove: false; readonly object: KubeObject }

/** Removes an object, or marks it when finalizers or a grace period stand in the way. */
export async function deleteObject(
  parts: StoreParts,
  ctx: Context,
  name: string,
  validate: ValidateObject,
  options: DeleteOptions,
): Promise<{ result: StoredObject | Status; deleted: boolean }> {
  const key = keyOf(parts, ctx, name)
  const dryRun = (options.dryRun?.length ?? 0) > 0
  try {
    const stored = await parts.storage.storage.get(ctx, key)
    checkDeletePreconditions(parts, name, stored.object, options)
    if (planDeletion(parts, stored.object, options).remove) {
      const removed = await removeNow(parts, ctx, key, validate, options, dryRun)
      if (removed)
        return { result: dryRun ? wouldGo(parts, name, key, removed) : goneStatus(parts, name, removed), deleted: true }
    }
    return await mark(parts, ctx, key, name, validate, options, dryRun)
  } catch (err) {
    throw interpretStorageError(err, 'delete', parts.resource, name)
  }
}

/** Takes away an object whose last finalizer an update has just removed. */
export async function removeMarked(
  parts: StoreParts,
  ctx: Context,
  key: string,
  name: string,
  object: KubeObject,
  stored: StoredObject,
  dryRun: boolean,
): Promise<StoredObject> {
  const preconditions: Preconditions = {
    resourceVersion: stored.resourceVersion,
    ...(stored.object.metadata.uid ? { uid: stored.object.metadata.uid } : {}),
  }
  try {
    await parts.storage.delete(ctx, key, preconditions, () => {}, dryRun)
  } catch (err) {
    if (!isStorageError(err, 'KeyNotFound')) throw interpretStorageError(err, 'update', parts.resource, name)
  }
  return stored.codec.transient(key, object)
}

/** Another writer gave the object a finalizer while it was being removed. */
class Finalized extends Error {}

async function removeNow(
  parts: StoreParts,
  ctx: Context,
  key: string,
  validate: ValidateObject,
  options: DeleteOptions,
  dryRun: boolean,
): Promise<StoredObject | undefined> {
  try {
    const check = async (object: KubeObject) => {
      if (!planDeletion(parts, object, options).remove) throw new Finalized()
      await validate(ctx, object)
    }
    return await parts.storage.delete(ctx, key, options.preconditions, check, dryRun)
  } catch (err) {
    if (err instanceof Finalized) return undefined
    throw err
  }
}

async function mark(
  parts: StoreParts,
  ctx: Context,
  key: string,
  name: string,
  validate: ValidateObject,
  options: DeleteOptions,
  dryRun: boolean,
): Promise<{ result: StoredObject | Status; deleted: boolean }> {
  const tryUpdate = async (existing: StoredObject | undefined) => {
    const object = existing!.object
    checkDeletePreconditions(parts, name, object, options)
    const plan = planDeletion(parts, object, options)
    if (plan.remove) throw new Finalized()
    await validate(ctx, object)
    return { object: plan.object }
  }
  try {
    const preconditions = options.preconditions ? { preconditions: options.preconditions } : {}
    return {
      result: await parts.storage.guaranteedUpdate(ctx, key, { ...preconditions, tryUpdate }, dryRun),
      deleted: false,
    }
  } catch (err) {
    if (err instanceof Finalized) return deleteObject(parts, ctx, name, validate, options)
    throw err
  }
}

/** What shall become of the object: gone at once, or marked with a time, its finalizers as the policy wants them. */
function planDeletion(parts: StoreParts, object: KubeObject, options: DeleteOptions): Outcome {
  const { metadata } = object
  const pending = metadata.deletionTimestamp !== undefined
  const finalizers = finalizersFor(metadata.finalizers ?? [], options)
  const grace = parts.strategy.gracePeriodSeconds?.(object, options.gracePeriodSeconds) ?? 0
  if (finalizers.length === 0 && grace === 0) return { remove: true }
  const sooner = grace < (metadata.deletionGracePeriodSeconds ?? 0)
  if (pending && !sooner)
    return { remove: false, object: { ...object, metadata: withFinalizers(metadata, finalizers) } }
  return { remove: false, object: { ...object, metadata: markedMeta(metadata, finalizers, grace) } }
}

function markedMeta(metadata: ObjectMeta, finalizers: readonly string[], grace: number): ObjectMeta {
  const marked: ObjectMeta = {
    ...withFinalizers(metadata, finalizers),
    deletionTimestamp: formatTime(new Date(Date.now() + grace * 1000)),
    deletionGracePeriodSeconds: grace,
  }
  const { generation = 0 } = metadata
  if (generation > 0 && metadata.deletionTimestamp === undefined) marked.generation = generation + 1
  return marked
}

function withFinalizers(metadata: ObjectMeta, finalizers: readonly string[]): ObjectMeta {
  const { finalizers: _, ...others } = metadata
  return finalizers.length > 0 ? { ...metadata, finalizers: [...finalizers] } : others
}

/** The garbage collector's two finalizers follow the propagation policy; all others stay. */
function finalizersFor(finalizers: readonly string[], options: DeleteOptions): readonly string[] {
  const policy =
    options.orphanDependents === true
      ? 'Orphan'
      : options.orphanDependents === false
        ? 'Background'
        : options.propagationPolicy
  if (policy === undefined) return finalizers
  const wanted = policy === 'Orphan' ? ORPHAN : policy === 'Foreground' ? FOREGROUND : undefined
  const unwanted = finalizers.some((finalizer) => isOfCollector(finalizer) && finalizer !== wanted)
  // What is as the policy wants it keeps its order.
  if (!unwanted && (wanted === undefined || finalizers.includes(wanted))) return finalizers
  const others = finalizers.filter((finalizer) => !isOfCollector(finalizer))
  return wanted === undefined ? others : [...others, wanted]
}

const isOfCollector = (finalizer: string): boolean => finalizer === ORPHAN || finalizer === FOREGROUND

function checkDeletePreconditions(parts: StoreParts, name: string, object: KubeObject, options: DeleteOptions): void {
  const { uid, resourceVersion } = options.preconditions ?? {}
  const { metadata } = object
  const subject = { group: parts.kind.group, resource: parts.kind.kind }
  if (uid !== undefined && uid !== metadata.uid)
    throw conflict(
      subject,
      name,
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid ?? ''}). The object might have been deleted and then recreated`,
    )
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion)
    throw conflict(
      subject,
      name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion ?? ''}). The object might have been modified`,
    )
}

/** A dry run shows an object that its policy frees of all finalizers without them; one that had none is told of as gone. */
function wouldGo(parts: StoreParts, name: string, key: string, stored: StoredObject): StoredObject | Status {
  const { object } = stored
  if (!object.metadata.finalizers?.length) return goneStatus(parts, name, stored)
  return stored.codec.transient(key, { ...object, metadata: withFinalizers(object.metadata, []) })
}

function goneStatus(parts: StoreParts, name: string, removed: StoredObject): Status {
  const uid = removed.object.metadata.uid
  return successStatus({ name, group: parts.resource.group, kind: parts.resource.resource, ...(uid ? { uid } : {}) })
}
