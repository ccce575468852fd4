import type { WebService } from '../../restful/index.js'
import { allowNoTransforms, negotiateOutput } from '../negotiation/negotiate.js'
import { MEDIA_TYPES } from '../negotiation/serializers.js'
import type { RequestContext } from '../request/request-context.js'
import type { Handler } from '../request-scope.js'
import { auditResponseObject } from '../response/audit.js'
import { writeBody } from '../response/write.js'
import { serve } from '../serve.js'

/** How a discovery document is described. */
export interface DocumentRoute {
  readonly path: string
  readonly operation: string
  readonly doc: string
  readonly model: string
  /** Media types besides the usual ones. */
  readonly handler: Handler
}

/** Adds the GET route of a discovery document. */
export function discoveryRoute(webService: WebService<RequestContext>, document: DocumentRoute): void {
  webService.route(
    webService
      .get(document.path)
      .to(serve(document.handler))
      .doc(document.doc)
      .operation(document.operation)
      .consumes(...MEDIA_TYPES)
      .produces(...MEDIA_TYPES)
      .returns(200, 'OK', document.model),
  )
}

/** Sends a document in the form that was asked for. */
export function writeDocument(ctx: RequestContext, document: unknown): Promise<void> {
  const { serializer, pretty } = negotiateOutput(ctx.head, () => ctx.query, allowNoTransforms)
  if (ctx.audit) auditResponseObject(ctx.audit, document)
  return writeBody(ctx, 200, serializer.mediaType, serializer.encode(document, pretty))
}
