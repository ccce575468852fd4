import type { AuditBackend } from './backend.js'
import type { AuditEvent } from './event.js'
import type { OnPluginError } from './plugin-errors.js'

/** How large events may be (kube-apiserver's `--audit-…-truncate-*`). */
export interface TruncateOptions {
  /** Bytes of one event; a larger one loses its request and response objects, and is dropped if that is not enough. Default 102400. */
  readonly maxEventSize?: number
  /** Bytes of events that are passed on together. Default 10 MiB. */
  readonly maxBatchSize?: number
}

const MAX_EVENT_BYTES = 100 * 1024
const MAX_BATCH_BYTES = 10 * 1024 * 1024

/** Keeps events and batches within what the receiver takes. */
export function truncateBackend(
  backend: AuditBackend,
  { maxEventSize = MAX_EVENT_BYTES, maxBatchSize = MAX_BATCH_BYTES }: TruncateOptions,
  onError: OnPluginError,
): AuditBackend {
  const fitting = (event: AuditEvent): Sized | undefined => {
    const whole = sized(event)
    if (whole.bytes <= maxEventSize) return whole
    const without = sized(event.withoutObjects())
    return without.bytes <= maxEventSize ? without : undefined
  }
  return {
    name: backend.name,
    processEvents(events) {
      const fit = events.map(fitting).filter((event) => event !== undefined)
      const lost = events.length - fit.length
      if (lost > 0) onError('truncate', new Error('event is too large even after truncating'), lost)
      const outcomes = batches(fit, maxBatchSize).map((batch) => backend.processEvents(batch))
      if (outcomes.every((outcome) => typeof outcome === 'boolean')) return outcomes.every(Boolean)
      return Promise.all(outcomes).then((taken) => taken.every(Boolean))
    },
    close: () => backend.close(),
  }
}

interface Sized {
  readonly event: AuditEvent
  readonly bytes: number
}

const sized = (event: AuditEvent): Sized => ({ event, bytes: Buffer.byteLength(event.line) })

function batches(events: readonly Sized[], maxBytes: number): AuditEvent[][] {
  const all: AuditEvent[][] = []
  let size = Number.POSITIVE_INFINITY
  for (const { event, bytes } of events) {
    if (size + bytes > maxBytes) {
      all.push([])
      size = 0
    }
    all.at(-1)!.push(event)
    size += bytes
  }
  return all
}
