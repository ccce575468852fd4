import type { AuditEvent } from './event.js'

/** Takes events to where they are kept (Kubernetes' `audit.Backend`). */
export interface AuditBackend {
  /** What this is, for messages and metrics. */
  readonly name: string
  /**
   * Takes events. `false` = at least one was lost: with it, a request whose first event this is fails. A promise keeps
   * the request waiting that an event is about. Must not throw.
   */
  processEvents(events: readonly AuditEvent[]): boolean | Promise<boolean>
  /** Ends what was begun, and writes what is held back; no events come after it. */
  close(): Promise<void>
}

/**
 * Sends events to several backends at once; all must have taken them.
 *
 * @example
 * ```ts
 * unionBackend([logBackend, webhookBackend]).processEvents([event])
 * ```
 */
export function unionBackend(backends: readonly AuditBackend[]): AuditBackend {
  const [first, ...others] = backends
  if (first !== undefined && others.length === 0) return first
  return {
    name: `union[${backends.map(({ name }) => name).join(',')}]`,
    processEvents(events) {
      const outcomes = backends.map((backend) => backend.processEvents(events))
      if (outcomes.every((outcome) => typeof outcome === 'boolean')) return outcomes.every(Boolean)
      return Promise.all(outcomes).then((taken) => taken.every(Boolean))
    },
    async close() {
      await Promise.all(backends.map((backend) => backend.close()))
    },
  }
}

/** Whoever waits for the outcome hears that all is well: what went wrong was told by the backend itself. */
export function ignoringErrors(backend: AuditBackend): AuditBackend {
  return {
    name: backend.name,
    processEvents(events) {
      const outcome = backend.processEvents(events)
      return typeof outcome === 'boolean' ? true : outcome.then(() => true)
    },
    close: () => backend.close(),
  }
}
