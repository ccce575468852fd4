import { type Authorizer, attributesOf, decide, forbiddenError } from '../authorization/index.js'
import type { AuthorizeCreate } from '../endpoints/index.js'
import { internalError } from '../meta/errors.js'

/** Asks the authorizer whether an update may make its object, and refuses in the words of a create that nobody allowed. */
export function authorizeCreateWith(authorizer: Authorizer): AuthorizeCreate {
  return async (ctx, create) => {
    const attributes = attributesOf(ctx.user, create)
    const { decision, reason, error } = await decide(authorizer, attributes, ctx)
    if (decision === 'allow') return
    if (error === undefined) throw forbiddenError(attributes, reason)
    ctx.report(error)
    throw internalError(error)
  }
}
