import { decodeGetOptions } from '../../meta/options/index.js'
import type { Getter, TableConvertor } from '../../registry/rest.js'
import { allowAllTransforms, negotiateOutput } from '../negotiation/negotiate.js'
import type { Handler, RequestScope } from '../request-scope.js'
import { writeObject } from '../response/object.js'
import { requestName } from './names.js'

/** GET of one object. */
export function getResource(scope: RequestScope, storage: Getter & Partial<TableConvertor>): Handler {
  return async (ctx) => {
    const name = requestName(ctx)
    const negotiated = negotiateOutput(ctx.head, () => ctx.query, allowAllTransforms)
    const { resourceVersion } = decodeGetOptions(ctx.query)
    const object = await storage.get(ctx, name, { resourceVersion })
    await writeObject(ctx, scope, storage, 200, object, negotiated)
  }
}
