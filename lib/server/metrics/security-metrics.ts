import type { Registry } from 'prom-client'
import type { AuditMetrics } from '../../audit/index.js'
import type { AuthenticationMetrics } from '../../authentication/index.js'
import {
  type Authorizer,
  type AuthorizerResult,
  isPromise,
  type RuleResolver,
  type WebhookMetrics,
} from '../../authorization/index.js'
import { HotCounter, HotGauge, HotHistogram } from './hot-metrics.js'

/** 1 ms, doubled 14 times. */
const SECONDS = Array.from({ length: 15 }, (_, i) => 0.001 * 2 ** i)

/** What is counted of authentication, authorization and audit, under a kube-apiserver's names. */
export interface SecurityMetrics {
  readonly authentication: AuthenticationMetrics
  readonly audit: AuditMetrics
  readonly authorizationWebhook: WebhookMetrics
  /** The same authorizer, counted and timed. */
  measured(authorizer: Authorizer & RuleResolver): Authorizer & RuleResolver
}

export function securityMetrics(registry: Registry): SecurityMetrics {
  const decided = decisions(registry)
  return {
    authentication: authenticationMetrics(registry),
    audit: auditMetrics(registry),
    authorizationWebhook: webhookMetrics(registry),
    measured: (authorizer) => ({
      rulesFor: (user, namespace) => authorizer.rulesFor(user, namespace),
      authorize(attributes, waiting) {
        const start = performance.now()
        const result = authorizer.authorize(attributes, waiting)
        if (isPromise(result)) return result.then((settled) => decided(settled, start))
        return decided(result, start)
      },
    }),
  }
}

function decisions(registry: Registry): (result: AuthorizerResult, start: number) => AuthorizerResult {
  const registers = [registry]
  const attempts = new HotCounter({
    name: 'authorization_attempts_total',
    help: 'Counter of authorization attempts broken down by result. It can be either "allowed", "denied", "no-opinion" or "error".',
    labelNames: ['result'],
    registers,
  })
  const durations = new HotHistogram({
    name: 'authorization_duration_seconds',
    help: 'Authorization duration in seconds broken out by result.',
    labelNames: ['result'],
    buckets: SECONDS,
    registers,
  })
  const seriesOf = (result: string) => ({
    attempt: attempts.series({ result }),
    duration: durations.series({ result }),
  })
  const allow = seriesOf('allowed')
  const deny = seriesOf('denied')
  const noOpinion = seriesOf('no-opinion')
  const error = seriesOf('error')
  return (result, start) => {
    const { decision } = result
    const refused = result.error !== undefined ? error : decision === 'deny' ? deny : noOpinion
    const series = decision === 'allow' ? allow : refused
    series.attempt.inc()
    series.duration.observe((performance.now() - start) / 1000)
    return result
  }
}

function authenticationMetrics(registry: Registry): AuthenticationMetrics {
  const registers = [registry]
  const counter = (name: string, help: string, label: string) => {
    const family = new HotCounter<string>({ name, help, labelNames: [label], registers })
    return (value: string) => family.series({ [label]: value })
  }
  const seconds = (name: string, help: string, label: string) => {
    const family = new HotHistogram<string>({ name, help, labelNames: [label], buckets: SECONDS, registers })
    return (value: string) => family.series({ [label]: value })
  }
  const attempts = resolved(
    ['success', 'failure', 'error'],
    counter('authentication_attempts', 'Counter of authenticated attempts.', 'result'),
  )
  const durations = resolved(
    ['success', 'failure', 'error'],
    seconds('authentication_duration_seconds', 'Authentication duration in seconds broken out by result.', 'result'),
  )
  const user = counter(
    'authenticated_user_requests',
    'Counter of authenticated requests broken out by username.',
    'username',
  )
  const users = new Map<string, ReturnType<typeof user>>()
  const cache = resolved(
    ['hit', 'miss'],
    counter('authentication_token_cache_request_total', 'Requests to the token cache.', 'status'),
  )
  const cacheSeconds = resolved(
    ['hit', 'miss'],
    seconds('authentication_token_cache_request_duration_seconds', 'Time of requests to the token cache.', 'status'),
  )
  const fetches = resolved(
    ['ok', 'error'],
    counter('authentication_token_cache_fetch_total', 'Questions that the token cache could not answer.', 'status'),
  )
  const active = new HotGauge({
    name: 'authentication_token_cache_active_fetch_count',
    help: 'Questions of the token cache that wait for their answer.',
    labelNames: ['status'],
    registers,
  })
  return {
    attempt(result, time) {
      attempts[result].inc()
      durations[result].observe(time)
    },
    userRequest(username) {
      const series = users.get(username) ?? user(username)
      users.set(username, series)
      series.inc()
    },
    tokenCacheRequest(status, time) {
      cache[status].inc()
      cacheSeconds[status].observe(time)
    },
    tokenCacheFetch: (status) => fetches[status].inc(),
    tokenCacheActiveFetch: (status, change) => active.series({ status }).inc(change),
    delegatedRequest: delegatedRequests(registry),
  }
}

const resolved = <K extends string, S>(values: readonly K[], seriesOf: (value: K) => S): Readonly<Record<K, S>> =>
  Object.fromEntries(values.map((value) => [value, seriesOf(value)])) as Record<K, S>

function delegatedRequests(registry: Registry): (code: string, seconds: number) => void {
  const registers = [registry]
  const total = new HotCounter({
    name: 'apiserver_delegated_authn_request_total',
    help: 'Number of HTTP requests partitioned by status code.',
    labelNames: ['code'],
    registers,
  })
  const durations = new HotHistogram({
    name: 'apiserver_delegated_authn_request_duration_seconds',
    help: 'Request latency in seconds. Broken down by status code.',
    labelNames: ['code'],
    buckets: [0.25, 0.5, 0.7, 1, 1.5, 3, 5, 10],
    registers,
  })
  return (code, seconds) => {
    total.series({ code }).inc()
    durations.series({ code }).observe(seconds)
  }
}

/** There is one webhook, named as the one of a kube-apiserver's flags. */
const WEBHOOK = 'default'

function webhookMetrics(registry: Registry): WebhookMetrics {
  const registers = [registry]
  const labelNames = ['name', 'result'] as const
  const evaluations = new HotCounter({
    name: 'apiserver_authorization_webhook_evaluations_total',
    help: 'Round-trips to authorization webhooks.',
    labelNames,
    registers,
  })
  const durations = new HotHistogram({
    name: 'apiserver_authorization_webhook_duration_seconds',
    help: 'Request latency in seconds.',
    labelNames,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  })
  const failedOpen = new HotCounter({
    name: 'apiserver_authorization_webhook_evaluations_fail_open_total',
    help: 'NoOpinion results due to webhook timeout or error.',
    labelNames,
    registers,
  })
  return {
    evaluated(result, seconds) {
      evaluations.series({ name: WEBHOOK, result }).inc()
      durations.series({ name: WEBHOOK, result }).observe(seconds)
    },
    failedOpen: (result) => failedOpen.series({ name: WEBHOOK, result }).inc(),
  }
}

function auditMetrics(registry: Registry): AuditMetrics {
  const registers = [registry]
  const events = new HotCounter({
    name: 'apiserver_audit_event_total',
    help: 'Counter of audit events generated and sent to the audit backend.',
    registers,
  }).series({})
  const rejected = new HotCounter({
    name: 'apiserver_audit_requests_rejected_total',
    help: 'Counter of apiserver requests rejected due to an error in audit logging backend.',
    registers,
  }).series({})
  const levels = new HotCounter({
    name: 'apiserver_audit_level_total',
    help: 'Counter of policy levels for audit events (1 per request).',
    labelNames: ['level'],
    registers,
  })
  const byLevel = resolved(['None', 'Metadata', 'Request', 'RequestResponse'], (level) => levels.series({ level }))
  const errors = new HotCounter({
    name: 'apiserver_audit_error_total',
    help: 'Counter of audit events that failed to be audited properly. Plugin identifies the plugin affected by the error.',
    labelNames: ['plugin'],
    registers,
  })
  return {
    eventTotal: () => events.inc(),
    requestsRejectedTotal: () => rejected.inc(),
    levelTotal: (level) => byLevel[level].inc(),
    errorTotal: (plugin, lost) => errors.series({ plugin }).inc(lost),
  }
}
