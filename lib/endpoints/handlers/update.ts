import { decodeUpdateOptions, refuseInvalidOptions, validateWriteOptions } from '../../meta/options/index.js'
import type { KubeObject } from '../../meta/types.js'
import { ensureNamespaceMatches } from '../../registry/before.js'
import type { TableConvertor, UpdatedObjectInfo, Updater, WriteQuery } from '../../registry/rest.js'
import { deepCopy } from '../../runtime/json/index.js'
import { paced, turnIfLarge } from '../../runtime/steps.js'
import { FieldManager, guardManagedFields, saysNoManagers } from '../fieldmanager/index.js'
import { allowAllTransforms, negotiateInput, negotiateOutput } from '../negotiation/negotiate.js'
import { type DecodeBody, readAhead } from '../negotiation/serializers.js'
import { readBody } from '../request/body.js'
import type { RequestContext } from '../request/request-context.js'
import type { Handler, RequestScope } from '../request-scope.js'
import { writeObject } from '../response/object.js'
import { attributesOf, updateValidation } from './admission-attributes.js'
import { authorizedCreateValidation } from './create-on-update.js'
import { decodeObject } from './decode.js'
import { dedupOwners } from './dedup.js'
import { requestName, requireSameName } from './names.js'
import { trackedIfItFits } from './tracked.js'
import { fieldValidationOf, writeQuery } from './write-query.js'

/** PUT of one object. */
export function updateResource(scope: RequestScope, storage: Updater & Partial<TableConvertor>): Handler {
  const fieldManager = new FieldManager(scope, storage)
  return async (ctx) => {
    const name = requestName(ctx)
    const negotiated = negotiateOutput(ctx.head, () => ctx.query, allowAllTransforms)
    const body = await readBody(ctx, scope.onParsedBody)
    const options = decodeUpdateOptions(ctx.query)
    refuseInvalidOptions('UpdateOptions', validateWriteOptions(options))
    const query = writeQuery(ctx, options)
    const decode = await readAhead(negotiateInput(ctx.request), body, scope.memberLimits)
    const object = await paced(body.length, decodeObject(ctx, scope, body, decode, fieldValidationOf(options)))
    if (forgetsManagers(object, body, decode)) object.metadata.managedFields = []
    ensureNamespaceMatches(object, ctx.requestInfo?.namespace ?? '', scope.namespaced)
    requireSameName(ctx, scope, object)
    dedupOwners(ctx, object, false)
    const request = {
      ...query,
      forceAllowCreate: false,
      createValidation: authorizedCreateValidation(ctx, scope, name, query.dryRun),
      updateValidation: updateValidation(scope, query.dryRun),
    }
    const { object: stored, created } = await trackedIfItFits((tracked) =>
      storage.update(
        ctx,
        name,
        replacement(ctx, scope, tracked ? fieldManager : undefined, object, { ...query, bytes: body.length }),
        request,
      ),
    )
    await writeObject(ctx, scope, storage, created ? 201 : 200, stored, negotiated)
  }
}

/** Whether the body says `managedFields: []`, which decoding takes for nothing where empty lists are left out. */
function forgetsManagers(object: KubeObject, body: Buffer, decode: DecodeBody): boolean {
  if (object.metadata.managedFields !== undefined || !body.includes('managedFields')) return false
  return saysNoManagers(decode().value)
}

/** The body as it came, whatever is stored; a fresh copy for every attempt, since admission and strategies change it. */
function replacement(
  ctx: RequestContext,
  scope: RequestScope,
  fieldManager: FieldManager | undefined,
  object: KubeObject,
  query: WriteQuery & { readonly bytes: number },
): UpdatedObjectInfo {
  const { uid } = object.metadata
  return {
    preconditions: uid ? { uid } : undefined,
    async updatedObject(_, old) {
      const bytes = query.bytes + (old?.value.length ?? 0)
      const updated = deepCopy(object)
      await turnIfLarge(bytes)
      // Reading what is stored is a piece of work of its own.
      const live = old?.object
      await turnIfLarge(bytes)
      if (fieldManager) await paced(bytes, fieldManager.updateSteps(live, updated, query.fieldManager))
      else delete updated.metadata.managedFields
      const operation = old ? 'UPDATE' : 'CREATE'
      if (scope.admission.mutates(operation)) {
        const { managedFields } = updated.metadata
        await scope.admission.admit(ctx, attributesOf(ctx, scope, operation, updated, old?.object, query.dryRun))
        guardManagedFields((text) => ctx.warn(text), updated, managedFields)
      }
      dedupOwners(ctx, updated, true)
      return updated
    },
  }
}
