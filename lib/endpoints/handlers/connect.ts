import type { IncomingMessage, ServerResponse } from 'node:http'
import { badRequest } from '../../meta/errors.js'
import type { Connecter } from '../../registry/rest.js'
import type { Handler, RequestScope } from '../request-scope.js'
import { setStandardHeaders } from '../response/headers.js'
import { attributesOf } from './admission-attributes.js'
import { requestName } from './names.js'

/** What a Connecter gives back: it speaks for itself on the connection. */
export type ConnectHandler = (req: IncomingMessage, res: ServerResponse) => Promise<void> | void

/** CONNECT: hands the connection to the storage after admission; `path` is what stands behind the subresource. */
export function connectResource(scope: RequestScope, storage: Connecter<ConnectHandler>): Handler {
  return async (ctx) => {
    if (ctx.query.has('dryRun')) throw badRequest('dryRun is not supported')
    const name = requestName(ctx)
    const attributes = attributesOf(ctx, scope, 'CONNECT', undefined, undefined, false)
    await scope.admission.admit(ctx, attributes)
    await scope.admission.validate(ctx, attributes)
    const path = (ctx.requestInfo?.parts ?? []).slice(scope.subresource === '' ? 2 : 3).join('/')
    const handler = await storage.connect(ctx, name, path)
    setStandardHeaders(ctx)
    await handler(ctx.request, ctx.response)
  }
}
