import { conflict, notFound, requestEntityTooLarge, unsupportedMediaType } from '../../meta/errors.js'
import { genericServerResponse } from '../../meta/generic-server-response.js'
import { decodePatchOptions, refuseInvalidOptions, validatePatchOptions } from '../../meta/options/index.js'
import { parseObjectResourceVersion } from '../../meta/resource-version.js'
import { StatusError } from '../../meta/status.js'
import type { KubeObject } from '../../meta/types.js'
import { ensureNamespaceMatches } from '../../registry/before.js'
import type { Patcher, TableConvertor, UpdatedObjectInfo, WriteQuery } from '../../registry/rest.js'
import { excessMembers, type MemberLimits } from '../../runtime/json/index.js'
import { paced, turnIfLarge } from '../../runtime/steps.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import { ApplyConflictError, FieldManager, guardManagedFields, saysNoManagers } from '../fieldmanager/index.js'
import { allowAllTransforms, negotiateOutput } from '../negotiation/negotiate.js'
import { PatchError } from '../patch/patch-error.js'
import { readBody } from '../request/body.js'
import type { RequestContext } from '../request/request-context.js'
import type { Handler, RequestScope } from '../request-scope.js'
import { versioned, writeObject } from '../response/object.js'
import { attributesOf, updateValidation } from './admission-attributes.js'
import { APPLY_PATCH, applyConfiguration, type MakeObject, UidMismatch } from './apply.js'
import { authorizedCreateValidation } from './create-on-update.js'
import type { FieldValidation } from './decode.js'
import { dedupOwners } from './dedup.js'
import { requestName, requireSameName } from './names.js'
import { type ParsedPatch, parsePatch, patchTypesOf } from './patch-types.js'
import { patchedObject } from './patched-object.js'
import { trackedIfItFits } from './tracked.js'
import { fieldValidationOf, writeQuery } from './write-query.js'

/** A patch without a resourceVersion is tried anew when somebody else was faster, so often. */
const MAX_CONFLICTS = 5

/**
 * PATCH of one object: reads, changes, writes; retried on conflict unless the patch itself names a resourceVersion. An
 * apply makes the object where there is none.
 */
export function patchResource(scope: RequestScope, storage: Patcher & Partial<TableConvertor>): Handler {
  const fieldManager = new FieldManager(scope, storage)
  return async (ctx) => {
    const mediaType = requirePatchType(ctx, scope)
    const applies = mediaType === APPLY_PATCH
    const name = requestName(ctx)
    const negotiated = negotiateOutput(ctx.head, () => ctx.query, allowAllTransforms)
    const body = await readBody(ctx, scope.onParsedBody)
    const options = decodePatchOptions(ctx.query)
    refuseInvalidOptions('PatchOptions', validatePatchOptions(options, applies))
    const query = writeQuery(ctx, options)
    const validation = fieldValidationOf(options)
    const manager = query.fieldManager
    const { force = false } = options
    const make = applies
      ? await applyConfiguration(ctx, scope, fieldManager, body, { manager, force, validation })
      : applyPatch(ctx, scope, fieldManager, () => parsePatch(mediaType, body, scope, validation), {
          manager,
          validation,
        })
    const request = {
      ...query,
      // Below an object that does not exist there is nothing to make.
      forceAllowCreate: applies && scope.subresource === '',
      createValidation: authorizedCreateValidation(ctx, scope, name, query.dryRun),
      updateValidation: updateValidation(scope, query.dryRun),
    }
    const attempt = (tracked: boolean) => {
      const info = patched(ctx, scope, make, { ...query, tracked, bytes: body.length })
      return retryOnConflict(() => storage.update(ctx, name, info, request))
    }
    const { object, created } = applies ? await attempt(true) : await trackedIfItFits(attempt)
    await writeObject(ctx, scope, storage, created ? 201 : 200, object, negotiated)
  }
}

/** The Content-Type before its parameters, letter by letter, as Kubernetes compares it. @throws StatusError 415 */
function requirePatchType(ctx: RequestContext, scope: RequestScope): string {
  const [mediaType = ''] = (ctx.request.headers['content-type'] ?? '').split(';', 1)
  const types = patchTypesOf(scope.kind)
  if (!types.includes(mediaType)) throw unsupportedMediaType(types)
  return mediaType
}

async function retryOnConflict<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt()
    } catch (err) {
      if (!(err instanceof StatusError) || err.reason !== 'Conflict' || tries === MAX_CONFLICTS || isFinal(err))
        throw err
    }
  }
}

/** The patch insisted on a resourceVersion that is not the stored one: trying again cannot help. */
class NamedVersionConflict extends StatusError {}

const isFinal = (err: StatusError): boolean =>
  err instanceof NamedVersionConflict || err instanceof ApplyConflictError || err instanceof UidMismatch

function patched(
  ctx: RequestContext,
  scope: RequestScope,
  make: MakeObject,
  { dryRun, tracked, bytes }: WriteQuery & { readonly tracked: boolean; readonly bytes: number },
): UpdatedObjectInfo {
  return {
    preconditions: undefined,
    async updatedObject(_, old) {
      const size = bytes + (old?.value.length ?? 0)
      const object = await paced(size, make(old))
      await turnIfLarge(size)
      refuseTooMany(object, old, scope.memberLimits)
      await turnIfLarge(size)
      ensureNamespaceMatches(object, ctx.requestInfo?.namespace ?? '', scope.namespaced)
      requireSameName(ctx, scope, object)
      if (old) refuseOldVersion(scope, object, old)
      const operation = old ? 'UPDATE' : 'CREATE'
      if (scope.admission.mutates(operation)) {
        const { managedFields } = object.metadata
        await scope.admission.admit(ctx, attributesOf(ctx, scope, operation, object, old?.object, dryRun))
        guardManagedFields((text) => ctx.warn(text), object, managedFields)
      }
      dedupOwners(ctx, object, true)
      if (!tracked) delete object.metadata.managedFields
      return object
    },
  }
}

/**
 * What a patch adds may be more than it says: copies, or what was there before. An object that holds too much already, written
 * by another server say, may still be patched.
 *
 * @throws StatusError 413
 */
function refuseTooMany(object: KubeObject, old: StoredObject | undefined, limits: MemberLimits): void {
  const excess = excessMembers(object, limits)
  if (excess && !(old && excessMembers(old.object, limits))) throw requestEntityTooLarge(excess.message)
}

interface PatchRequest {
  readonly manager: string
  readonly validation: FieldValidation
}

function applyPatch(
  ctx: RequestContext,
  scope: RequestScope,
  fieldManager: FieldManager,
  parse: () => ParsedPatch,
  { manager, validation }: PatchRequest,
): MakeObject {
  let patch: ParsedPatch | undefined
  return function* (old) {
    // Strategies may let an update make an object, but a patch has nothing to change then, whatever it says.
    if (old === undefined) throw notFound(scope.resource, requestName(ctx))
    patch ??= parse()
    yield
    const live = old.object
    yield
    const current = versioned(old, scope.kind)
    yield
    const result = patchedValue(patch, current)
    yield
    const forgetsManagers = saysNoManagers(result)
    const object = yield* patchedObject(ctx, scope, result, patch, validation)
    if (forgetsManagers) object.metadata.managedFields = []
    yield* fieldManager.updateSteps(live, object, manager)
    return object
  }
}

function patchedValue(patch: ParsedPatch, current: KubeObject): unknown {
  try {
    return patch.apply(current)
  } catch (err) {
    if (err instanceof PatchError) throw genericServerResponse(422, '', undefined, '', err.message)
    throw err
  }
}

/** An old resourceVersion in a patch is an optimistic lock; it is checked again, with all the rest, when it is stored. */
function refuseOldVersion(scope: RequestScope, object: KubeObject, old: StoredObject): void {
  const named = parseObjectResourceVersion(object.metadata.resourceVersion)
  if (named === 0 || named === old.revision) return
  const why = 'the object has been modified; please apply your changes to the latest version and try again'
  throw new NamedVersionConflict(conflict(scope.resource, old.object.metadata.name ?? '', why).status)
}
