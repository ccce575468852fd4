import { badRequest } from '../../meta/errors.js'
import { decodeCreateOptions, refuseInvalidOptions, validateWriteOptions } from '../../meta/options/index.js'
import { ensureNamespaceMatches, wipeObjectMetaSystemFields } from '../../registry/before.js'
import type { Creater, NamedCreater, TableConvertor } from '../../registry/rest.js'
import { paced, turnIfLarge } from '../../runtime/steps.js'
import { FieldManager, guardManagedFields } from '../fieldmanager/index.js'
import { allowAllTransforms, negotiateInput, negotiateOutput } from '../negotiation/negotiate.js'
import { readAhead } from '../negotiation/serializers.js'
import { readBody } from '../request/body.js'
import type { Handler, RequestScope } from '../request-scope.js'
import { writeObject } from '../response/object.js'
import { attributesOf, createValidation } from './admission-attributes.js'
import { decodeObject } from './decode.js'
import { dedupOwners } from './dedup.js'
import { requestName } from './names.js'
import { trackedIfItFits } from './tracked.js'
import { fieldValidationOf, writeQuery } from './write-query.js'

/** POST to a collection, or below a named object for a NamedCreater. */
export function createResource(
  scope: RequestScope,
  storage: (Creater | NamedCreater) & Partial<TableConvertor>,
): Handler {
  const named = 'createNamed' in storage
  const fieldManager = new FieldManager(scope, storage)
  return async (ctx) => {
    const name = named ? requestName(ctx) : ''
    const negotiated = negotiateOutput(ctx.head, () => ctx.query, allowAllTransforms)
    const serializer = negotiateInput(ctx.request, scope.kind)
    const body = await readBody(ctx, scope.onParsedBody)
    const options = decodeCreateOptions(ctx.query)
    refuseInvalidOptions('CreateOptions', validateWriteOptions(options))
    const query = writeQuery(ctx, options)
    const decode = await readAhead(serializer, body, scope.memberLimits)
    const object = await paced(body.length, decodeObject(ctx, scope, body, decode, fieldValidationOf(options)))
    wipeObjectMetaSystemFields(object)
    ensureNamespaceMatches(object, ctx.requestInfo?.namespace ?? '', scope.namespaced)
    if (scope.namespaced && !object.metadata.namespace) throw badRequest('Namespace parameter required.')
    dedupOwners(ctx, object, false)
    await paced(body.length, fieldManager.updateSteps(undefined, object, query.fieldManager))
    if (scope.admission.mutates('CREATE')) {
      const { managedFields } = object.metadata
      await scope.admission.admit(ctx, attributesOf(ctx, scope, 'CREATE', object, undefined, query.dryRun))
      guardManagedFields((text) => ctx.warn(text), object, managedFields)
    }
    dedupOwners(ctx, object, true)
    await turnIfLarge(body.length)
    const validate = createValidation(scope, query.dryRun)
    const created = await trackedIfItFits((tracked) => {
      if (!tracked) delete object.metadata.managedFields
      return named
        ? (storage as NamedCreater).createNamed(ctx, name, object, validate, query)
        : (storage as Creater).create(ctx, object, validate, query)
    })
    await writeObject(ctx, scope, storage, 201, created, negotiated)
  }
}
