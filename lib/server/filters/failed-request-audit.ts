import type { Audit } from '../../audit/index.js'
import type { RequestContext } from '../../endpoints/index.js'
import { AuditedExchange } from './audit-exchange.js'

/**
 * Tells the audit log of a request that is refused before anybody knows who makes it: one event, when the answer begins,
 * with an empty user (Kubernetes' `withFailedRequestAudit`).
 *
 * @param message stands in the event unless the answer is a Status, which says it better
 */
export function auditFailedRequest(ctx: RequestContext, audit: Audit, message: (ctx: RequestContext) => string): void {
  const exchange = AuditedExchange.begin(ctx, audit, undefined, () => true)
  if (!exchange) return
  exchange.endsWithStart()
  ctx.audit?.responseStatus({ message: message(ctx) })
}
