import { AuditContext } from '../../audit/index.js'
import type { Filter } from '../handler-chain.js'
import { auditDecision, DECISION_ANNOTATION, type OnDecision, REASON_ANNOTATION } from './authorization.js'

/**
 * Lets filters before the audit annotate its events (`ctx.audit?.annotate(key, value)`): who authenticates comes earlier.
 * Stands outermost.
 */
export const withAuditAnnotations: Filter = (ctx, next) => {
  ctx.audit ??= new AuditContext()
  return next()
}

/**
 * Annotates the events of a request with who decided about it, and why, as kube-apiserver does.
 *
 * @example
 * ```ts
 * withAuthorization(authorizer, annotateDecision)
 * ```
 */
export const annotateDecision: OnDecision = ({ audit }, _attributes, result) => {
  if (!audit) return
  const failed = result.decision !== 'allow' && result.error !== undefined
  if (!failed) audit.annotate(DECISION_ANNOTATION, auditDecision(result))
  audit.annotate(REASON_ANNOTATION, failed ? 'internal error' : result.reason)
}
