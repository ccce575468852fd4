import type { Audit } from '../../audit/index.js'
import type { Filter } from '../handler-chain.js'
import type { LongRunningRequestCheck } from '../long-running.js'
import { whenSettled } from '../settle.js'
import { AuditedExchange } from './audit-exchange.js'
import { writeInternalError } from './internal-error.js'
import { isLongRunning } from './long-running.js'

/**
 * Tells the audit log of requests as its policy wants it: when they come, when the answers of those that last begin, when
 * they are complete, and of errors that nobody caught. Stands behind authentication and before everything that may refuse
 * a request. A request whose first event must be stored and cannot be is answered 500 and goes no further.
 *
 * @param audit `auditOf(options)`
 * @see https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/
 * @example
 * ```ts
 * const audit = auditOf({ policy: 'audit-policy.yaml', log: { path: 'audit.log' } })
 * handlerChain([withAuditAnnotations, withRequestInfo, authentication, withAudit(audit)], serve)
 * ```
 */
export function withAudit(audit: Audit, lasts: LongRunningRequestCheck = isLongRunning): Filter {
  return (ctx, next) => {
    const exchange = AuditedExchange.begin(ctx, audit, ctx.user, lasts)
    if (!exchange) return next()
    const go = (isStored: boolean): Promise<void> | void => {
      if (isStored) return served(exchange, next)
      audit.rejected()
      writeInternalError(ctx, new Error('failed to store audit event'))
    }
    const stored = exchange.received()
    if (typeof stored === 'boolean') return go(stored)
    // Whoever waited too long has heard so by now, and nothing must happen behind their back.
    return stored.then((isStored) => (ctx.response.headersSent || ctx.gone ? exchange.complete() : go(isStored)))
  }
}

const served = (exchange: AuditedExchange, next: () => Promise<void> | void): Promise<void> | void =>
  whenSettled(next, (failed, err) => (failed ? exchange.panicked(err) : exchange.complete()))
