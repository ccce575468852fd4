import { alwaysDeny } from '../authorization/index.js'
import type { RequestContext } from '../endpoints/index.js'
import { checkedChain } from './checked-chain.js'
import { failureLog } from './failure-log.js'
import { withAudit } from './filters/audit.js'
import { annotateDecision, withAuditAnnotations } from './filters/audit-annotations.js'
import { withAuthentication } from './filters/authentication.js'
import { withAuthorization } from './filters/authorization.js'
import { withCacheControl } from './filters/cache-control.js'
import { withCORS } from './filters/cors.js'
import { withFailedAuthenticationAudit } from './filters/failed-authentication-audit.js'
import { withProbabilisticGoaway } from './filters/goaway.js'
import { withHSTS } from './filters/hsts.js'
import { withHTTPLogging } from './filters/http-logging.js'
import { withImpersonation } from './filters/impersonation.js'
import { withMaxInFlight } from './filters/max-in-flight.js'
import { withPanicRecovery } from './filters/panic-recovery.js'
import { withPriorityAndFairness } from './filters/priority-and-fairness.js'
import { withRequestDeadline } from './filters/request-deadline.js'
import { withRequestInfo } from './filters/request-info.js'
import { withRequestReceivedTimestamp } from './filters/request-received-timestamp.js'
import { withRetryAfterOnShutdown } from './filters/retry-after-shutdown.js'
import { withTimeoutForNonLongRunningRequests } from './filters/timeout.js'
import { withTrace, withTraceStep } from './filters/trace.js'
import { isTracingRegistered, withTracing } from './filters/tracing.js'
import { withWaitGroup } from './filters/wait-group.js'
import { withWarningRecorder } from './filters/warning-recorder.js'
import { guestFilter } from './guest-filter.js'
import type { Filter, NamedFilter, OwnFilterName, SlowFilterName } from './handler-chain.js'
import type { Lifecycle } from './lifecycle.js'
import type { Logger } from './logger.js'
import type { LongRunningRequestCheck } from './long-running.js'
import type { Metrics } from './metrics/index.js'
import type { HandlerChainOptions } from './options.js'
import type { Security } from './security.js'

const SLOW_REQUEST_MS = 500

/** What the chain is made of besides options: parts of the server that filters share with others. */
export interface HandlerChainParts {
  readonly lifecycle: Lifecycle
  readonly logger: Logger
  readonly isLongRunning: LongRunningRequestCheck
  /** Whether a request is about something that is served: names of strangers make no series and no spans. */
  readonly isKnown: (ctx: RequestContext) => boolean
  readonly metrics: Metrics | undefined
  readonly security: Security
  readonly onPanic: (ctx: RequestContext, err: unknown) => void
}

/**
 * The filters between socket and route, the outermost first, in the order of Kubernetes' DefaultBuildHandlerChain; only
 * those that the options ask for. The wait group ends watches too, and what is served is installed before the first
 * request comes: neither needs a filter of its own, as Kubernetes' have them.
 *
 * @throws TypeError for what `buildHandlerChain` cannot have meant
 */
export function defaultHandlerChain(options: HandlerChainOptions, parts: HandlerChainParts): readonly NamedFilter[] {
  const { lifecycle, logger, isLongRunning, security } = parts
  const slots: Readonly<Record<OwnFilterName, Filter | false | undefined>> = {
    AuditAnnotations: security.audit && withAuditAnnotations,
    PanicRecovery: withPanicRecovery(parts.onPanic),
    RequestReceivedTimestamp: withRequestReceivedTimestamp(),
    RequestInfo: withRequestInfo,
    Metrics: parts.metrics?.filter,
    Tracing: tracing(options, parts),
    HTTPLogging: options.httpLog && withHTTPLogging(logger),
    Trace: slowRequests(options, parts),
    RetryAfterOnShutdown: withRetryAfterOnShutdown(lifecycle),
    HSTS: options.hsts && withHSTS(options.hsts),
    CacheControl: withCacheControl(options.cacheControl),
    ProbabilisticGoaway: options.goawayChance !== undefined && withProbabilisticGoaway(options.goawayChance),
    WaitGroup: withWaitGroup(lifecycle),
    RequestDeadline: withRequestDeadline({
      lasts: isLongRunning,
      maxMs: options.requestTimeoutMs,
      audit: security.audit,
    }),
    TimeoutForNonLongRunningRequests: withTimeoutForNonLongRunningRequests,
    WarningRecorder: withWarningRecorder(),
    CORS: options.cors && withCORS(options.cors),
    Authentication: authentication(options, parts),
    Audit: security.audit && withAudit(security.audit, isLongRunning),
    Impersonation: impersonation(parts),
    PriorityAndFairness: security.flowControl && withPriorityAndFairness(security.flowControl, isLongRunning),
    MaxInFlightLimit: !security.flowControl && withMaxInFlight(options, isLongRunning),
    Authorization: security.authorizer && withAuthorization(security.authorizer, security.audit && annotateDecision),
  }
  const present = Object.entries(slots).flatMap(([name, filter]) => (filter ? [{ name, filter }] : []))
  const filters = slots.Trace ? withSteps(present) : present
  return options.buildHandlerChain ? withGuests(filters, checkedChain(options.buildHandlerChain(filters))) : filters
}

/** Filters that are not the server's own are held to what the chain relies on. */
function withGuests(own: readonly NamedFilter[], chain: readonly NamedFilter[]): readonly NamedFilter[] {
  const known = new Set(own.map(({ filter }) => filter))
  return chain.map((slot) => (known.has(slot.filter) ? slot : { name: slot.name, filter: guestFilter(slot.filter) }))
}

function authentication(
  { authentication: given }: HandlerChainOptions,
  { security, metrics, logger }: HandlerChainParts,
): Filter | undefined {
  const { authenticator, audit } = security
  if (!authenticator) return undefined
  return withAuthentication({
    authenticator,
    audiences: authenticator.audiences,
    onError: failureLog((fields) => logger.warn(fields, 'unable to authenticate a request')),
    ...(audit && { failed: withFailedAuthenticationAudit(audit) }),
    ...(given?.requestHeader && { requestHeader: given.requestHeader }),
    ...(metrics && { metrics: metrics.security.authentication }),
  })
}

/** Where nothing asks for rights nobody may be somebody else, rather than be silently taken for who asks. */
function impersonation({ security: { authenticator, authorizer } }: HandlerChainParts): Filter | undefined {
  return authenticator || authorizer ? withImpersonation(authorizer ?? alwaysDeny) : undefined
}

function tracing({ tracing: asked }: HandlerChainOptions, { isKnown }: HandlerChainParts): Filter | undefined {
  if (asked === false || ((asked === undefined || asked === true) && !isTracingRegistered())) return undefined
  return withTracing(isKnown, typeof asked === 'object' ? asked : undefined)
}

function slowRequests(options: HandlerChainOptions, { logger, isLongRunning }: HandlerChainParts): Filter | undefined {
  const threshold = options.slowRequestMs ?? (options.logger && SLOW_REQUEST_MS)
  if (threshold === undefined) return undefined
  return withTrace(logger, threshold, ({ requestInfo }) => requestInfo !== undefined && isLongRunning(requestInfo))
}

/** Filters that may take their time; a trace tells when each was through. */
const SLOW_FILTERS: ReadonlySet<string> = new Set<SlowFilterName>([
  'Authentication',
  'Impersonation',
  'PriorityAndFairness',
  'Authorization',
])

const withSteps = (filters: readonly NamedFilter[]): readonly NamedFilter[] =>
  filters.flatMap((slot) =>
    SLOW_FILTERS.has(slot.name)
      ? [slot, { name: `TraceAfter${slot.name}`, filter: withTraceStep(`${slot.name} done`) }]
      : [slot],
  )
