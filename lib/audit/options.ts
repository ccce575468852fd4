import type { AuditBackend } from './backend.js'
import type { BatchOptions } from './batch-backend.js'
import type { AuditMetrics } from './metrics.js'
import type { AuditLogger } from './plugin-errors.js'
import type { AuditPolicy } from './policy.js'
import type { TruncateOptions } from './truncate-backend.js'
import type { ReceiverOptions } from './webhook/receiver.js'

/**
 * Whether requests wait for a backend: `batch` = never, events are held back and sent together; `blocking` = until it has
 * taken the event, or failed; `blocking-strict` = the same, and a request whose first event (RequestReceived) cannot be
 * stored is refused with 500.
 */
export type AuditMode = 'batch' | 'blocking' | 'blocking-strict'

/** What every backend can be told. */
export interface AuditBackendOptions {
  readonly mode?: AuditMode
  /** In mode `batch`. */
  readonly batch?: BatchOptions
  /** Bounds the size of events. Default: no bound for a file, nor for a webhook, as in Kubernetes. */
  readonly truncate?: TruncateOptions
}

/** A file of one JSON event a line. Mode `blocking` is the default. */
export interface AuditLogOptions extends AuditBackendOptions {
  /** `-` = standard output. */
  readonly path: string
  /** Megabytes (of 2^20 bytes) beyond which the file is put aside and a new one begun. Default 100. */
  readonly maxSize?: number
  /** Days that files put aside are kept. Default 0: however old. */
  readonly maxAge?: number
  /** Files put aside that are kept. Default 0: any number. */
  readonly maxBackups?: number
  /** Pack files put aside with gzip. Default false. */
  readonly compress?: boolean
}

/** A receiver of `audit.k8s.io/v1` EventLists. Mode `batch` is the default. */
export interface AuditWebhookOptions extends AuditBackendOptions, ReceiverOptions {
  /** Milliseconds before a failed call is tried again; each further wait is half as long again. Default 10000. */
  readonly initialBackoffMs?: number
}

/**
 * Who is told of requests, and of which: the `audit` of `apiserver`, which brings `metrics` and `logger` itself.
 *
 * @example
 * ```ts
 * const options: AuditOptions = {
 *   policy: '/etc/kubernetes/audit-policy.yaml',
 *   log: { path: '/var/log/kubernetes/audit.log', mode: 'batch', maxSize: 100, maxBackups: 10, maxAge: 30 },
 *   webhook: { url: 'https://audit.example.com/k8s', truncate: {} },
 * }
 * ```
 */
export interface AuditOptions {
  /** The policy, or the path of a YAML or JSON file that holds it. */
  readonly policy: AuditPolicy | string
  readonly log?: AuditLogOptions
  readonly webhook?: AuditWebhookOptions
  /** Other places for events to go to. */
  readonly backends?: readonly AuditBackend[]
  readonly metrics?: AuditMetrics
  /** Told of fields that no policy has, and of events that were lost. Default: the console. */
  readonly logger?: AuditLogger
}
