/**
 * Room audit: who did what, when, and how it went. A policy decides what is told of a request; events go to a file, a
 * webhook or elsewhere. It knows the request that it tells of, and no route: the filters that use it stand in the server.
 */
export { type Audit, auditOf } from './audit.js'
export { AuditContext, type AuditedRequest } from './audit-context.js'
export type { AuditBackend } from './backend.js'
export type { BatchOptions } from './batch-backend.js'
export { AuditEvent, type EventObject } from './event.js'
export { type AuditMetrics, NO_AUDIT_METRICS } from './metrics.js'
export type { AuditLogOptions, AuditMode, AuditOptions, AuditWebhookOptions } from './options.js'
export type { AuditLogger } from './plugin-errors.js'
export type { AuditPolicy, PolicyRule } from './policy.js'
export { policyRuleEvaluator, type RequestAuditConfig } from './policy-evaluator.js'
export { AuditPolicyError, readPolicyFile } from './policy-reader.js'
export type { Level, Stage } from './types.js'
