import type { RequestInfo } from '../../meta/context.js'
import type { ValidateObject } from '../../registry/rest.js'
import type { RequestContext } from '../request/request-context.js'
import type { RequestScope } from '../request-scope.js'
import { createValidation } from './admission-attributes.js'

/**
 * {@link createValidation} for an update or a patch that may make the object: whoever sent it needs the right to create
 * besides, and is asked for it once, when there turned out to be nothing to change (Kubernetes' `withAuthorization` of
 * update.go). Not cached across requests, and no less for a dry run.
 */
export function authorizedCreateValidation(
  ctx: RequestContext,
  scope: RequestScope,
  name: string,
  dryRun: boolean,
): ValidateObject {
  const validate = createValidation(scope, dryRun)
  const { authorizeCreate } = scope
  if (authorizeCreate === undefined) return validate
  let asked: Promise<void> | undefined
  return async (storeContext, object) => {
    asked ??= Promise.resolve(authorizeCreate(ctx, createInfo(ctx, scope, name)))
    await asked
    await validate(storeContext, object)
  }
}

/** The request as if it had asked for the creation of what it names. */
function createInfo(ctx: RequestContext, scope: RequestScope, name: string): RequestInfo {
  const { group, version, resource } = scope.resource
  return {
    isResourceRequest: true,
    path: ctx.path,
    verb: 'create',
    apiPrefix: ctx.requestInfo?.apiPrefix ?? '',
    apiGroup: group,
    apiVersion: version,
    namespace: ctx.requestInfo?.namespace ?? '',
    resource,
    subresource: scope.subresource,
    name,
    parts: ctx.requestInfo?.parts ?? [],
    fieldSelector: '',
    labelSelector: '',
  }
}
