import { badRequest } from '../../meta/errors.js'
import type { KubeObject } from '../../meta/types.js'
import type { RequestContext } from '../request/request-context.js'
import type { RequestScope } from '../request-scope.js'

/** @throws StatusError 400 for a path without a name */
export function requestName(ctx: RequestContext): string {
  const name = ctx.requestInfo?.name ?? ''
  if (name === '') throw badRequest('name must be provided')
  return name
}

/**
 * The object in the body must be the one in the URL (PUT, PATCH).
 *
 * @throws StatusError 400
 */
export function requireSameName(ctx: RequestContext, scope: RequestScope, object: KubeObject): void {
  const name = requestName(ctx)
  const inBody = object.metadata.name ?? ''
  if (inBody === '')
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`)
  if (inBody !== name)
    throw badRequest(`the name of the object (${inBody}) does not match the name on the URL (${name})`)
  const namespace = ctx.requestInfo?.namespace ?? ''
  const bodyNamespace = object.metadata.namespace ?? ''
  if (scope.namespaced && bodyNamespace !== '' && bodyNamespace !== namespace)
    throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`)
}
