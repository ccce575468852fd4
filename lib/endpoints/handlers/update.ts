import { decodeUpdateOptions, refuseInvalidOptions, validateWriteOptions } from '../../meta/options/index.js'
import type { KubeObject } from '../../meta/types.js'
import { ensureNamespaceMatches } from '../../registry/before.js'
import type { TableConvertor, UpdatedObjectInfo, Updater } from '../../registry/rest.js'
import { deepCopy } from '../../runtime/json/index.js'
import { allowAllTransforms, negotiateInput, negotiateOutput } from '../negotiation/negotiate.js'
import { readBody } from '../request/body.js'
import type { RequestContext } from '../request/request-context.js'
import type { Handler, RequestScope } from '../request-scope.js'
import { writeObject } from '../response/object.js'
import { attributesOf, createValidation, updateValidation } from './admission-attributes.js'
import { decodeObject } from './decode.js'
import { requestName, requireSameName } from './names.js'
import { fieldValidationOf, writeQuery } from './write-query.js'

/** PUT of one object. */
export function updateResource(scope: RequestScope, storage: Updater & Partial<TableConvertor>): Handler {
  return async (ctx) => {
    const name = requestName(ctx)
    const negotiated = negotiateOutput(ctx.request, () => ctx.query, allowAllTransforms)
    const body = await readBody(ctx, scope.onParsedBody)
    const options = decodeUpdateOptions(ctx.query)
    refuseInvalidOptions('UpdateOptions', validateWriteOptions(options))
    const query = writeQuery(ctx, options)
    const object = decodeObject(ctx, scope, body, negotiateInput(ctx.request), fieldValidationOf(options))
    ensureNamespaceMatches(object, ctx.requestInfo?.namespace ?? '', scope.namespaced)
    requireSameName(ctx, scope, object)
    const { object: stored, created } = await storage.update(ctx, name, replacement(ctx, scope, object, query.dryRun), {
      ...query,
      forceAllowCreate: false,
      createValidation: createValidation(scope, query.dryRun),
      updateValidation: updateValidation(scope, query.dryRun),
    })
    await writeObject(ctx, scope, storage, created ? 201 : 200, stored, negotiated)
  }
}

/** The body as it came, whatever is stored; a fresh copy for every attempt, since admission and strategies change it. */
function replacement(ctx: RequestContext, scope: RequestScope, object: KubeObject, dryRun: boolean): UpdatedObjectInfo {
  const { uid } = object.metadata
  return {
    preconditions: uid ? { uid } : undefined,
    async updatedObject(_, old) {
      const updated = deepCopy(object)
      const operation = old ? 'UPDATE' : 'CREATE'
      if (scope.admission.mutates(operation))
        await scope.admission.admit(ctx, attributesOf(ctx, scope, operation, updated, old?.object, dryRun))
      return updated
    },
  }
}
