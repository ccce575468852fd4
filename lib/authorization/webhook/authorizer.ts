import { messageOf } from '../../meta/errors.js'
import type { Attributes, Authorizer, AuthorizerResult, Cancellable } from '../authorizer.js'
import type { RuleResolver, SubjectRules } from '../rule-resolver.js'
import { WebhookClient, type WebhookEndpoint } from './client.js'
import { ExpiringCache } from './expiring-cache.js'
import type { WebhookMetrics } from './metrics.js'
import { type RetryOptions, withRetry } from './retry.js'
import { reviewBody, reviewResult, reviewSpec } from './subject-access-review.js'

/** What {@link subjectAccessReviewWebhook} takes. Times are in milliseconds. */
export interface WebhookAuthorizerOptions extends WebhookEndpoint {
  /** For one decision, all tries together. Default 10,000. */
  readonly timeoutMs?: number
  /** How long an "allowed" is believed. Default 300,000, as Kubernetes has it. 0 = not at all. */
  readonly authorizedTTLMs?: number
  /** How long anything else is believed. Default 30,000. 0 = not at all. */
  readonly unauthorizedTTLMs?: number
  /** Decisions that are kept. Default 8192. */
  readonly cacheSize?: number
  readonly retry?: RetryOptions
  /** What holds while the webhook cannot be asked. Either way the client hears 500, unless another authorizer allows. */
  readonly failurePolicy?: 'noOpinion' | 'deny'
}

/** Longer questions may be an attempt to fill the memory: they are asked each time. Characters. */
const MAX_KEY = 10_000

const CANNOT_LIST = new Error('webhook authorizer does not support user rule resolution')

/**
 * Asks another server, by a SubjectAccessReview of authorization.k8s.io/v1 (Kubernetes' `--authorization-webhook-config-file`).
 * Decisions are kept for a while; the same question asked by several requests at once is sent once.
 *
 * @throws TypeError or Error for a URL that cannot be used
 * @example
 * ```ts
 * const authorizer = subjectAccessReviewWebhook({ url: 'https://authz.example.com/authorize', ca: readFileSync('ca.pem') })
 * ```
 */
export function subjectAccessReviewWebhook(
  options: WebhookAuthorizerOptions,
  metrics?: WebhookMetrics,
): WebhookAuthorizer {
  return new WebhookAuthorizer(options, metrics)
}

/** See {@link subjectAccessReviewWebhook}. */
export class WebhookAuthorizer implements Authorizer, RuleResolver {
  readonly #client: WebhookClient
  readonly #known: ExpiringCache<AuthorizerResult>
  readonly #asking = new Map<string, Promise<AuthorizerResult>>()

  constructor(
    private readonly options: WebhookAuthorizerOptions,
    private readonly metrics?: WebhookMetrics,
  ) {
    this.#client = new WebhookClient(options)
    this.#known = new ExpiringCache(options.cacheSize ?? 8192)
  }

  authorize(attributes: Attributes, waiting?: Cancellable): Promise<AuthorizerResult> | AuthorizerResult {
    const spec = JSON.stringify(reviewSpec(attributes))
    const known = this.#known.get(spec)
    if (known !== undefined) return known
    const asking = this.#asking.get(spec) ?? this.#ask(spec)
    return waiting === undefined ? asking : untilAborted(asking, waiting.signal)
  }

  rulesFor(): SubjectRules {
    return { resourceRules: [], nonResourceRules: [], incomplete: true, error: CANNOT_LIST }
  }

  /** Closes the connections that are kept. */
  close(): void {
    this.#client.close()
  }

  /** The question outlives whoever asked it: the answer serves others. */
  #ask(spec: string): Promise<AuthorizerResult> {
    const { authorizedTTLMs = 300_000, unauthorizedTTLMs = 30_000, failurePolicy = 'noOpinion' } = this.options
    const start = performance.now()
    const asking = this.#post(spec)
      .then(
        (result) => {
          this.metrics?.evaluated('success', (performance.now() - start) / 1000)
          const ttl = result.decision === 'allow' ? authorizedTTLMs : unauthorizedTTLMs
          if (spec.length <= MAX_KEY) this.#known.set(spec, result, ttl)
          return result
        },
        (err: unknown) => {
          const result = isLate(err) ? 'timeout' : 'error'
          this.metrics?.evaluated(result, (performance.now() - start) / 1000)
          if (failurePolicy === 'noOpinion') this.metrics?.failedOpen(result)
          return { decision: failurePolicy, reason: '', error: failure(err) }
        },
      )
      .finally(() => this.#asking.delete(spec))
    this.#asking.set(spec, asking)
    return asking
  }

  async #post(spec: string): Promise<AuthorizerResult> {
    const { timeoutMs = 10_000, retry = {} } = this.options
    const signal = AbortSignal.timeout(timeoutMs)
    const body = reviewBody(spec)
    return reviewResult(await withRetry(() => this.#client.post(body, signal), retry, signal))
  }
}

function isLate(err: unknown): boolean {
  const { name } = (err ?? {}) as { name?: unknown }
  return name === 'TimeoutError' || name === 'AbortError'
}

/** Addresses and certificates are for the log alone: the message reaches clients. */
function failure(err: unknown): Error {
  const { code } = (err ?? {}) as { code?: unknown }
  const why = isLate(err) ? 'it did not answer in time' : typeof code === 'string' ? code : messageOf(err)
  return new Error(`the authorization webhook cannot be asked: ${why}`, { cause: err })
}

function untilAborted<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const gone = () => reject(new Error('the request ended before it was decided'))
    if (signal.aborted) return gone()
    signal.addEventListener('abort', gone, { once: true })
    result.then(resolve, reject).finally(() => signal.removeEventListener('abort', gone))
  })
}
