import { statusOf } from '../../meta/errors.js'
import type { Status } from '../../meta/status.js'
import { encodeJSON, prettyJSON } from '../../runtime/json/index.js'
import { negotiateError } from '../negotiation/negotiate.js'
import type { RequestContext } from '../request/request-context.js'
import { auditStatus } from './audit.js'
import { writeBody } from './write.js'

/** Answers with a Status, whatever was thrown. After the headers are out nothing can be said: the connection ends. */
export function writeError(ctx: RequestContext, err: unknown): Promise<void> | void {
  const { response } = ctx
  if (response.headersSent) {
    // Somebody has answered for us already (the deadline did), or the answer stops halfway.
    if (!response.writableEnded) response.destroy()
    return
  }
  return writeStatus(ctx, statusOf(err))
}

/** Sends a Status in the form the client accepts, or as indented JSON when it accepts none. */
export function writeStatus(ctx: RequestContext, status: Status): Promise<void> {
  const code = status.code ?? 200
  const retryAfter = status.details?.retryAfterSeconds
  if (retryAfter) ctx.response.setHeader('Retry-After', String(retryAfter))
  if (ctx.audit && !ctx.response.headersSent) auditStatus(ctx.audit, status)
  const { serializer, pretty, fallback } = negotiateError(ctx.head, () => ctx.query)
  if (fallback) return writeBody(ctx, code, 'application/json', prettyJSON(encodeJSON(status)))
  return writeBody(ctx, code, serializer.mediaType, serializer.encode(status, pretty))
}
