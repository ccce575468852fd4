import { messageOf, unclassified } from '../../meta/errors.js'
import {
  type DeleteOptions,
  decodeDeleteOptions,
  deleteOptionsFromBody,
  refuseInvalidOptions,
  validateDeleteOptions,
} from '../../meta/options/index.js'
import { StatusError } from '../../meta/status.js'
import type { GracefulDeleter, TableConvertor } from '../../registry/rest.js'
import { StoredObject } from '../../runtime/stored-object.js'
import { allowAllTransforms, negotiateInput, negotiateOutput } from '../negotiation/negotiate.js'
import { type DecodeBody, readAhead } from '../negotiation/serializers.js'
import { readBody } from '../request/body.js'
import type { RequestContext } from '../request/request-context.js'
import type { Handler, RequestScope } from '../request-scope.js'
import { auditStatus } from '../response/audit.js'
import { writeObject } from '../response/object.js'
import { writeBody } from '../response/write.js'
import { deleteValidation } from './admission-attributes.js'
import { requestName } from './names.js'

/** DELETE of one object: a Status once it is gone, the object itself while it waits for finalizers. */
export function deleteResource(scope: RequestScope, storage: GracefulDeleter & Partial<TableConvertor>): Handler {
  return async (ctx) => {
    const name = requestName(ctx)
    const negotiated = negotiateOutput(ctx.head, () => ctx.query, allowAllTransforms)
    const options = await deleteOptions(ctx, scope)
    const dryRun = (options.dryRun?.length ?? 0) > 0
    const { result, deleted } = await storage.delete(ctx, name, deleteValidation(scope, dryRun), options)
    const status = !deleted && options.orphanDependents === false ? 202 : 200
    if (result instanceof StoredObject) return writeObject(ctx, scope, storage, status, result, negotiated)
    if (ctx.audit) auditStatus(ctx.audit, result)
    const { serializer, pretty } = negotiated
    return writeBody(ctx, status, serializer.mediaType, serializer.encode(result, pretty))
  }
}

/**
 * DeleteOptions come in the body or, when there is none, in the query.
 *
 * @throws StatusError 413, 415, 422, or 500 (as in Kubernetes) for a body that is something else
 */
export async function deleteOptions(ctx: RequestContext, scope: RequestScope): Promise<DeleteOptions> {
  const body = await readBody(ctx, scope.onParsedBody)
  const options =
    body.length > 0
      ? deleteOptionsFromBody(decoded(await readAhead(negotiateInput(ctx.request), body, scope.memberLimits)))
      : decodeDeleteOptions(ctx.query)
  refuseInvalidOptions('DeleteOptions', validateDeleteOptions(options))
  return options
}

/** @throws StatusError 413, or 500 without a reason for what cannot be read */
function decoded(decode: DecodeBody): unknown {
  try {
    return decode().value
  } catch (err) {
    throw err instanceof StatusError ? err : unclassified(messageOf(err))
  }
}
