import type { Context } from '../../meta/context.js'
import { conflict, invalid, notFound } from '../../meta/errors.js'
import { fieldPath, invalid as invalidField } from '../../meta/field/index.js'
import { parseObjectResourceVersion } from '../../meta/resource-version.js'
import type { KubeObject } from '../../meta/types.js'
import { withResourceVersion } from '../../runtime/encode.js'
import { finishInTurns, turnIfLarge } from '../../runtime/steps.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import type { UpdateResult } from '../../storage/interface.js'
import { beforeCreate, beforeUpdate, fillObjectMetaSystemFields } from '../before.js'
import { interpretStorageError } from '../interpret-error.js'
import type { UpdatedObjectInfo, UpdateRequest } from '../rest.js'
import { removeMarked } from './delete.js'
import { keyOf, namespaceOf, type StoreParts } from './parts.js'

const OPTIMISTIC_LOCK = 'the object has been modified; please apply your changes to the latest version and try again'

/** Thrown out of the update when it takes the last finalizer of a marked object: then the object goes instead. */
class LastFinalizerGone extends Error {
  constructor(
    readonly object: KubeObject,
    readonly stored: StoredObject,
  ) {
    super('last finalizer gone')
  }
}

/** Replaces an object, or makes it where the strategy (or an apply) allows; see Kubernetes' generic registry Store. */
export async function update(
  parts: StoreParts,
  ctx: Context,
  name: string,
  info: UpdatedObjectInfo,
  request: UpdateRequest,
): Promise<{ object: StoredObject; created: boolean }> {
  const key = keyOf(parts, ctx, name)
  let created = false
  let written: KubeObject | undefined
  const tryUpdate = async (existing: StoredObject | undefined): Promise<UpdateResult<KubeObject>> => {
    created = existing === undefined
    const object = existing
      ? await changed(parts, ctx, name, info, request, existing)
      : await createdByUpdate(parts, ctx, name, info, request)
    written = object
    const ttlSeconds = parts.ttl(object, existing?.object)
    return ttlSeconds > 0 ? { object, ttlSeconds } : { object }
  }
  try {
    const preconditions = info.preconditions ? { preconditions: info.preconditions } : {}
    const object = await parts.storage.guaranteedUpdate(
      ctx,
      key,
      { ignoreNotFound: true, ...preconditions, tryUpdate },
      request.dryRun,
    )
    return { object, created }
  } catch (err) {
    if (err instanceof LastFinalizerGone)
      return {
        object: await removeMarked(parts, ctx, key, name, err.object, err.stored, request.dryRun),
        created: false,
      }
    throw interpretStorageError(err, created ? 'create' : 'update', parts.resource, name, written)
  }
}

async function createdByUpdate(
  parts: StoreParts,
  ctx: Context,
  name: string,
  info: UpdatedObjectInfo,
  request: UpdateRequest,
): Promise<KubeObject> {
  if (!parts.strategy.allowCreateOnUpdate && !request.forceAllowCreate) throw notFound(parts.resource, name)
  const object = await info.updatedObject(ctx, undefined)
  fillObjectMetaSystemFields(object)
  delete object.metadata.resourceVersion
  await finishInTurns(beforeCreate(parts.strategy, ctx, object, parts.kind, namespaceOf(ctx)))
  await request.createValidation(ctx, object)
  return object
}

async function changed(
  parts: StoreParts,
  ctx: Context,
  name: string,
  info: UpdatedObjectInfo,
  request: UpdateRequest,
  existing: StoredObject,
): Promise<KubeObject> {
  const { strategy } = parts
  const object = await info.updatedObject(ctx, existing)
  requireCurrentVersion(parts, name, object, existing)
  const old = existing.object
  await turnIfLarge(existing.value.length)
  await finishInTurns(beforeUpdate(strategy, ctx, object, old, parts.kind, namespaceOf(ctx)))
  await request.updateValidation(ctx, object, old)
  // An object that another server marked may have no grace period, which is as none left.
  if (isMarked(old) && !object.metadata.finalizers?.length && !old.metadata.deletionGracePeriodSeconds)
    throw new LastFinalizerGone(object, existing)
  return object
}

const isMarked = (object: KubeObject): boolean => object.metadata.deletionTimestamp !== undefined

/** Optimistic concurrency: the writer must have seen what is stored, unless the strategy lets it overwrite blindly. */
function requireCurrentVersion(parts: StoreParts, name: string, object: KubeObject, existing: StoredObject): void {
  const revision = parseObjectResourceVersion(object.metadata.resourceVersion)
  if (revision === existing.revision) return
  if (revision !== 0) throw conflict(parts.resource, name, OPTIMISTIC_LOCK)
  if (!parts.strategy.allowUnconditionalUpdate) {
    const path = fieldPath('metadata', 'resourceVersion')
    // Kubernetes reports this one under the resource's name, not the kind's.
    const subject = { group: parts.resource.group, kind: parts.resource.resource }
    throw invalid(subject, name, [invalidField(path, 0n, 'must be specified for an update')])
  }
  object.metadata = withResourceVersion(object, existing.resourceVersion).metadata
}
