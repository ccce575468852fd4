import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { AuditEvent, type AuditLogger, type AuditMetrics, NO_AUDIT_METRICS } from '../../lib/audit/index.js'
import type { OnPluginError } from '../../lib/audit/plugin-errors.js'

/** A folder of a test file's own. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'express-apiserver-audit-'))
  afterAll(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** An event that is `auditID` and, of `bytes`, an object of about that size. */
export function event(auditID = 'id', bytes = 0): AuditEvent {
  return new AuditEvent({
    level: bytes > 0 ? 'Request' : 'Metadata',
    stage: 'ResponseComplete',
    auditID,
    head: `"level":"${bytes > 0 ? 'Request' : 'Metadata'}","auditID":"${auditID}"`,
    objects: bytes > 0 ? `,"requestObject":"${'x'.repeat(bytes)}"` : '',
    times: ',"requestReceivedTimestamp":"","stageTimestamp":""',
    annotations: '',
  })
}

export const eventsOf = (count: number): AuditEvent[] => Array.from({ length: count }, (_, i) => event(String(i)))

export interface Losses {
  readonly onError: OnPluginError
  /** Events that were lost, by plugin. */
  readonly lost: Record<string, number>
  readonly messages: string[]
}

export function losses(): Losses {
  const lost: Record<string, number> = {}
  const messages: string[] = []
  return {
    lost,
    messages,
    onError(plugin, err, events) {
      lost[plugin] = (lost[plugin] ?? 0) + events
      messages.push(err instanceof Error ? err.message : String(err))
    },
  }
}

export interface Counted {
  readonly metrics: AuditMetrics
  readonly counts: Record<string, number>
}

/** Counters under kube-apiserver's names. */
export function counted(): Counted {
  const counts: Record<string, number> = {}
  const add = (name: string, by = 1) => {
    counts[name] = (counts[name] ?? 0) + by
  }
  const metrics: AuditMetrics = {
    ...NO_AUDIT_METRICS,
    eventTotal: () => add('apiserver_audit_event_total'),
    errorTotal: (plugin, events) => add(`apiserver_audit_error_total{plugin="${plugin}"}`, events),
    levelTotal: (level) => add(`apiserver_audit_level_total{level="${level}"}`),
    requestsRejectedTotal: () => add('apiserver_audit_requests_rejected_total'),
  }
  return { metrics, counts }
}

export interface Said {
  readonly logger: AuditLogger
  readonly warnings: unknown[][]
  readonly errors: unknown[][]
}

export function saying(): Said {
  const warnings: unknown[][] = []
  const errors: unknown[][] = []
  return {
    warnings,
    errors,
    logger: {
      warn: (...said) => void warnings.push(said),
      error: (...said) => void errors.push(said),
    },
  }
}
