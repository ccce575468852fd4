import type { RequestInfo, UserInfo } from '../meta/context.js'
import { type AuditBackend, ignoringErrors, unionBackend } from './backend.js'
import { BatchBackend, type BatchOptions } from './batch-backend.js'
import type { AuditEvent } from './event.js'
import { LogBackend } from './log/log-backend.js'
import { RotatingFile } from './log/rotating-file.js'
import { stdoutSink } from './log/stdout.js'
import { type AuditMetrics, NO_AUDIT_METRICS } from './metrics.js'
import type { AuditBackendOptions, AuditLogOptions, AuditMode, AuditOptions, AuditWebhookOptions } from './options.js'
import { type AuditLogger, type OnPluginError, pluginErrors } from './plugin-errors.js'
import { type PolicyRuleEvaluator, policyRuleEvaluator, type RequestAuditConfig } from './policy-evaluator.js'
import { checkedPolicy, readPolicyFile } from './policy-reader.js'
import { truncateBackend } from './truncate-backend.js'
import { Receiver } from './webhook/receiver.js'
import { WebhookBackend } from './webhook/webhook-backend.js'

/** A policy and where its events go: what the filters of a server ask. */
export interface Audit {
  /** What the policy wants to be told of a request; asked and counted once a request. */
  evaluate(info: RequestInfo, user: UserInfo | undefined): RequestAuditConfig
  /** Hands an event to all backends. `false` = it could not be stored where that must not be. Never throws. */
  process(event: AuditEvent): boolean | Promise<boolean>
  /** Tells that a request was refused because its first event could not be stored. */
  rejected(): void
  /** Writes what is held back and closes files and connections. */
  close(): Promise<void>
}

/**
 * Makes a policy and its backends ready.
 *
 * @throws AuditPolicyError for a policy that is wrong; Error for a log file that cannot be opened; TypeError for a URL
 * that is none
 * @example
 * ```ts
 * const audit = auditOf({ policy: { rules: [{ level: 'Metadata' }] }, log: { path: './audit.log' } })
 * // … withAudit(audit) in the handler chain …
 * await audit.close()
 * ```
 */
export function auditOf(options: AuditOptions): Audit {
  const { policy, log, webhook, backends = [], metrics = NO_AUDIT_METRICS, logger = consoleLogger } = options
  const onUnknownFields = (paths: readonly string[]) =>
    logger.warn({ fields: paths }, 'the audit policy has unknown fields, which are passed over')
  const checked =
    typeof policy === 'string' ? readPolicyFile(policy, onUnknownFields) : checkedPolicy(policy, onUnknownFields)
  const onError = pluginErrors(metrics, logger)
  const all = [
    ...(log ? [logBackend(log, onError)] : []),
    ...(webhook ? [webhookBackend(webhook, onError)] : []),
    ...backends.map((backend) => guarded(backend, onError)),
  ]
  return new PolicyAudit(policyRuleEvaluator(checked), unionBackend(all), metrics)
}

class PolicyAudit implements Audit {
  constructor(
    private readonly policy: PolicyRuleEvaluator,
    private readonly backend: AuditBackend,
    private readonly metrics: AuditMetrics,
  ) {}

  evaluate(info: RequestInfo, user: UserInfo | undefined): RequestAuditConfig {
    const config = this.policy(info, user)
    this.metrics.levelTotal(config.level)
    return config
  }

  process(event: AuditEvent): boolean | Promise<boolean> {
    this.metrics.eventTotal()
    return this.backend.processEvents([event])
  }

  rejected(): void {
    this.metrics.requestsRejectedTotal()
  }

  close(): Promise<void> {
    return this.backend.close()
  }
}

const MEGABYTE = 1024 * 1024

function logBackend(options: AuditLogOptions, onError: OnPluginError): AuditBackend {
  const { path, maxSize = 100, maxAge = 0, maxBackups = 0, compress = false } = options
  const unrotated = (err: unknown) => onError('log', err, 0)
  const sink =
    path === '-'
      ? stdoutSink
      : new RotatingFile(path, (maxSize || 100) * MEGABYTE, { maxAge, maxBackups, compress }, unrotated)
  return inMode(new LogBackend(sink, onError), options, 'blocking', FILE_BATCHES, onError)
}

/** A file takes anything at any time: waiting only saves writes. */
const FILE_BATCHES: BatchOptions = { maxBatchWaitMs: 100, throttleQPS: 0, maxInFlight: 1 }

function webhookBackend(options: AuditWebhookOptions, onError: OnPluginError): AuditBackend {
  const { initialBackoffMs = 10_000 } = options
  const backend = new WebhookBackend(new Receiver(options), { initialMs: initialBackoffMs, attempts: 5 }, onError)
  return inMode(backend, options, 'batch', {}, onError)
}

function inMode(
  backend: AuditBackend,
  { mode, batch, truncate }: AuditBackendOptions,
  usual: AuditMode,
  batches: BatchOptions,
  onError: OnPluginError,
): AuditBackend {
  const waiting = withMode(backend, mode ?? usual, { ...batches, ...batch }, onError)
  return truncate ? truncateBackend(waiting, truncate, onError) : waiting
}

function withMode(backend: AuditBackend, mode: AuditMode, batch: BatchOptions, onError: OnPluginError): AuditBackend {
  switch (mode) {
    case 'batch':
      return new BatchBackend(backend, batch, onError)
    case 'blocking':
      return ignoringErrors(backend)
    case 'blocking-strict':
      return backend
    default:
      throw new TypeError(`the mode of an audit backend is batch, blocking or blocking-strict, not ${String(mode)}`)
  }
}

/** A backend of somebody else's, whose mistakes are lost events and nothing worse. */
function guarded(backend: AuditBackend, onError: OnPluginError): AuditBackend {
  const failed = (err: unknown, lost: number): false => {
    onError(backend.name, err, lost)
    return false
  }
  return {
    name: backend.name,
    processEvents(events) {
      try {
        const outcome = backend.processEvents(events)
        return typeof outcome === 'boolean' ? outcome : outcome.catch((err: unknown) => failed(err, events.length))
      } catch (err) {
        return failed(err, events.length)
      }
    },
    async close() {
      try {
        await backend.close()
      } catch (err) {
        onError(backend.name, err, 0)
      }
    },
  }
}

const consoleLogger: AuditLogger = {
  warn: (fields, message) => console.warn(message, fields),
  error: (fields, message) => console.error(message, fields),
}
