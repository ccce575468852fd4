import type { Attributes, Operation } from '../../admission/index.js'
import type { Context } from '../../meta/context.js'
import type { KubeObject } from '../../meta/types.js'
import type { ValidateObject, ValidateObjectUpdate } from '../../registry/rest.js'
import type { RequestScope } from '../request-scope.js'

/** What admission is shown of a request. */
export function attributesOf(
  ctx: Context,
  scope: RequestScope,
  operation: Operation,
  object: KubeObject | undefined,
  oldObject: KubeObject | undefined,
  dryRun: boolean,
): Attributes {
  return {
    operation,
    kind: scope.kind.gvk,
    resource: scope.resource,
    subresource: scope.subresource,
    name: ctx.requestInfo?.name || object?.metadata.name || oldObject?.metadata.name || '',
    namespace: ctx.requestInfo?.namespace ?? '',
    object,
    oldObject,
    dryRun,
  }
}

/** Asks the validating plugins about a new object. */
export const createValidation =
  (scope: RequestScope, dryRun: boolean): ValidateObject =>
  (ctx, object) =>
    scope.admission.validate(ctx, attributesOf(ctx, scope, 'CREATE', object, undefined, dryRun))

/** Asks the validating plugins about a changed object. */
export const updateValidation =
  (scope: RequestScope, dryRun: boolean): ValidateObjectUpdate =>
  (ctx, object, old) =>
    scope.admission.validate(ctx, attributesOf(ctx, scope, 'UPDATE', object, old, dryRun))

/** Asks all plugins about a deletion; there is nothing to mutate. */
export const deleteValidation =
  (scope: RequestScope, dryRun: boolean): ValidateObject =>
  async (ctx, old) => {
    const attributes = attributesOf(ctx, scope, 'DELETE', undefined, old, dryRun)
    await scope.admission.admit(ctx, attributes)
    await scope.admission.validate(ctx, attributes)
  }
