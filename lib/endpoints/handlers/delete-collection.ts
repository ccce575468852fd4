import { badRequest } from '../../meta/errors.js'
import type { CollectionDeleter, TableConvertor } from '../../registry/rest.js'
import { allowAllTransforms, negotiateOutput } from '../negotiation/negotiate.js'
import type { Handler, RequestScope } from '../request-scope.js'
import { writeList } from '../response/object.js'
import { deleteValidation } from './admission-attributes.js'
import { deleteOptions } from './delete.js'
import { listQuery, scopedFieldSelector } from './list-query.js'

/** DELETE of a collection; answers with the list of what it found. */
export function deleteCollection(scope: RequestScope, storage: CollectionDeleter & Partial<TableConvertor>): Handler {
  return async (ctx) => {
    // `…/namespaces//flunders`, say of a script whose variable is empty, must not empty all namespaces.
    if (scope.namespaced && !ctx.requestInfo?.namespace) throw badRequest('Namespace parameter required.')
    const negotiated = negotiateOutput(ctx.head, () => ctx.query, allowAllTransforms)
    const query = listQuery(ctx, false)
    const fieldSelector = scopedFieldSelector(ctx, scope, query.fieldSelector)
    const options = await deleteOptions(ctx, scope)
    const dryRun = (options.dryRun?.length ?? 0) > 0
    const list = await storage.deleteCollection(ctx, deleteValidation(scope, dryRun), options, {
      ...query,
      fieldSelector,
    })
    await writeList(ctx, scope, storage, list, negotiated)
  }
}
