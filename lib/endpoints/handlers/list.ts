import { methodNotSupported } from '../../meta/errors.js'
import type { Lister, Watcher } from '../../registry/rest.js'
import { type AllowsTransform, allowAllTransforms, negotiateOutput } from '../negotiation/negotiate.js'
import type { Handler, RequestScope } from '../request-scope.js'
import { writeList } from '../response/object.js'
import { type DecodedListQuery, listQuery, scopedFieldSelector } from './list-query.js'
import { serveWatch } from './watch.js'

/** Existing objects first, then a bookmark that says so (KEP-3157). */
const isWatchList = ({ watch, sendInitialEvents, allowWatchBookmarks }: DecodedListQuery): boolean =>
  watch && sendInitialEvents === true && allowWatchBookmarks

/** The end of the initial state is said by an annotation, which a table has no place for. */
const allowNoTables: AllowsTransform = ({ kind }) => kind !== 'Table'

/** GET of a collection, as a list or, by `watch=true` or a `/watch/` path, as a stream of changes. */
export function listResource(scope: RequestScope, storage: Lister & Partial<Watcher>, forceWatch: boolean): Handler {
  return async (ctx) => {
    const query = listQuery(ctx, forceWatch)
    const allows = isWatchList(query) ? allowNoTables : allowAllTransforms
    const negotiated = negotiateOutput(ctx.head, () => ctx.query, allows)
    const fieldSelector = scopedFieldSelector(ctx, scope, query.fieldSelector)
    if (query.watch) {
      if (!storage.watch) throw methodNotSupported(scope.resource, 'watch')
      return serveWatch(ctx, scope, storage as Lister & Watcher, { ...query, fieldSelector }, negotiated)
    }
    const list = await storage.list(ctx, { ...query, fieldSelector })
    await writeList(ctx, scope, storage, list, negotiated)
  }
}
