import type { AuditMetrics } from './metrics.js'

/** Where audit says what people should know; pino is one, and so is the server's own logger. */
export interface AuditLogger {
  warn(fields: Readonly<Record<string, unknown>>, message: string): void
  error(fields: Readonly<Record<string, unknown>>, message: string): void
}

/** Told of events that were lost, or of something else that went wrong: no event was lost then. */
export type OnPluginError = (plugin: string, err: unknown, lost: number) => void

/** So often at most a plugin's losses are told; a broken receiver must not fill the server's own log. */
const REPORT_INTERVAL_MS = 10_000

/** Counts every lost event, and tells of them now and then. The events themselves are not told: they may hold secrets. */
export function pluginErrors(metrics: AuditMetrics, logger: AuditLogger): OnPluginError {
  const reported = new Map<string, { at: number; untold: number }>()
  return (plugin, err, lost) => {
    metrics.errorTotal(plugin, lost)
    const last = reported.get(plugin)
    const now = performance.now()
    if (last && now - last.at < REPORT_INTERVAL_MS) {
      last.untold += lost
      return
    }
    reported.set(plugin, { at: now, untold: 0 })
    const events = lost + (last?.untold ?? 0)
    logger.error({ err, plugin, events }, events > 0 ? 'audit events were lost' : 'the audit log is not in order')
  }
}
