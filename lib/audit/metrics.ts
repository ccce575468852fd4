import type { Level } from './types.js'

/**
 * Where audit counts itself; a metrics registry implements it with counters of kube-apiserver's names.
 *
 * @example
 * ```ts
 * const events = new Counter({ name: 'apiserver_audit_event_total', help: '…' })
 * auditOf({ policy, log, metrics: { ...NO_AUDIT_METRICS, eventTotal: () => events.inc() } })
 * ```
 */
export interface AuditMetrics {
  /** `apiserver_audit_event_total`: events made and handed to the backends. */
  eventTotal(): void
  /** `apiserver_audit_error_total{plugin}`: events that a part of audit lost: `buffered`, `truncate`, `log`, `webhook`. */
  errorTotal(plugin: string, events: number): void
  /** `apiserver_audit_level_total{level}`: what the policy decided, once a request. */
  levelTotal(level: Level): void
  /** `apiserver_audit_requests_rejected_total`: requests refused because their first event could not be stored. */
  requestsRejectedTotal(): void
}

/** Counts nothing. */
export const NO_AUDIT_METRICS: AuditMetrics = {
  eventTotal() {},
  errorTotal() {},
  levelTotal() {},
  requestsRejectedTotal() {},
}
