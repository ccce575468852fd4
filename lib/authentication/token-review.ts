import { setTimeout as sleep } from 'node:timers/promises'
import { commonAudiences } from './audiences.js'
import type { AuthenticationResponse, TokenAuthenticator } from './authenticator.js'
import { JSONClient, RemoteError, type RemoteOptions, remoteURL } from './json-client.js'
import type { AuthenticationMetrics } from './metrics.js'
import { TokenCache, type TokenCacheOptions } from './token-cache.js'
import { userInfoOf } from './user-info.js'

const MAX_ANSWER_BYTES = 1024 * 1024
const TIMEOUT_MS = 10_000
const ATTEMPTS = 4
const FIRST_PAUSE_MS = 250
const MAX_UNDER_WAY = 1_000
const CACHE_SECONDS = 120

/** A server that knows tokens. */
export interface TokenReviewOptions extends RemoteOptions {
  /** Where TokenReviews (`authentication.k8s.io/v1`) are sent by POST. */
  readonly url: string
  /** Longest that a review may take, all attempts together, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number
  /** How often the server is asked when it does not answer, or answers 429 or 5xx. Default 4, with growing pauses. */
  readonly attempts?: number
  /** Most reviews under way; more are refused at once. Default 1,000. */
  readonly maxUnderWay?: number
  /** How long answers are kept. Default 120 seconds, of known and unknown tokens alike; errors are not kept. */
  readonly cache?: TokenCacheOptions
}

/**
 * Asks another server who a token is of, by a TokenReview (kube-apiserver's `--authentication-token-webhook`).
 *
 * @param audiences what this server is: sent when nothing else is asked for, and taken for the answer's when it says none
 * @throws TypeError for a URL that cannot be used
 * @example
 * ```ts
 * const tokens = tokenReviewWebhook({ url: 'https://tokens.example.com/review', ca: readFileSync('ca.crt'), timeoutMs: 3_000 })
 * ```
 */
export function tokenReviewWebhook(
  options: TokenReviewOptions,
  audiences: readonly string[] = [],
  metrics?: DelegatedMetrics,
): TokenAuthenticator {
  return new TokenCache(new TokenReviewAuthenticator(options, audiences, metrics), {
    successSeconds: CACHE_SECONDS,
    failureSeconds: CACHE_SECONDS,
    ...options.cache,
  })
}

type DelegatedMetrics = Pick<AuthenticationMetrics, 'delegatedRequest'>

class TokenReviewAuthenticator implements TokenAuthenticator {
  readonly #url: URL
  readonly #client: JSONClient
  #underWay = 0

  constructor(
    readonly options: TokenReviewOptions,
    readonly audiences: readonly string[],
    readonly metrics: DelegatedMetrics | undefined,
  ) {
    this.#url = remoteURL(options.url, options)
    this.#client = new JSONClient(options)
  }

  async authenticateToken(
    token: string,
    audiences: readonly string[] = this.audiences,
  ): Promise<AuthenticationResponse | undefined> {
    if (this.#underWay >= (this.options.maxUnderWay ?? MAX_UNDER_WAY))
      throw new Error('too many token reviews are under way')
    this.#underWay++
    try {
      return responseOf(await this.#measured(this.#review(token, audiences)), audiences, this.audiences)
    } finally {
      this.#underWay--
    }
  }

  async #measured(review: Promise<unknown>): Promise<unknown> {
    const start = performance.now()
    let code = '200'
    try {
      return await review
    } catch (err) {
      code = err instanceof RemoteError && err.status > 0 ? String(err.status) : '<error>'
      throw err
    } finally {
      this.metrics?.delegatedRequest?.(code, (performance.now() - start) / 1000)
    }
  }

  async #review(token: string, audiences: readonly string[]): Promise<unknown> {
    const { timeoutMs = TIMEOUT_MS, attempts = ATTEMPTS } = this.options
    const end = Date.now() + timeoutMs
    const body = tokenReview(token, audiences)
    for (let attempt = 1, pause = FIRST_PAUSE_MS; ; attempt++, pause *= 1.5) {
      try {
        const left = Math.max(1, end - Date.now())
        return await this.#client.ask({ url: this.#url, body, timeoutMs: left, maxBytes: MAX_ANSWER_BYTES })
      } catch (err) {
        const jittered = pause * (1 + Math.random() * 0.2)
        if (attempt >= attempts || !mayPass(err) || Date.now() + jittered >= end) throw err
        await sleep(jittered)
      }
    }
  }
}

const tokenReview = (token: string, audiences: readonly string[]) => ({
  apiVersion: 'authentication.k8s.io/v1',
  kind: 'TokenReview',
  metadata: { creationTimestamp: null },
  spec: { token, ...(audiences.length > 0 && { audiences }) },
})

/** Connections that fail, and servers that are busy or broken. */
function mayPass(err: unknown): boolean {
  if (!(err instanceof RemoteError)) return false
  return err.status === 429 || err.status >= 500 || (err.status === 0 && isConnectionError(err.cause))
}

const isConnectionError = (cause: unknown): boolean =>
  cause instanceof Error && /^E(CONN|PIPE|HOST|NET|AI_AGAIN)/.test((cause as NodeJS.ErrnoException).code ?? '')

interface ReviewStatus {
  readonly authenticated?: unknown
  readonly user?: unknown
  readonly audiences?: unknown
  readonly error?: unknown
}

/** What an answered review says; the answer is another server's and checked. */
function responseOf(
  review: unknown,
  wanted: readonly string[],
  own: readonly string[],
): AuthenticationResponse | undefined {
  const { kind, status } = (review ?? {}) as { kind?: unknown; status?: ReviewStatus }
  if (kind !== 'TokenReview' || typeof status !== 'object' || status === null)
    throw new Error('the token webhook answered no TokenReview')
  if (status.authenticated !== true) {
    if (typeof status.error === 'string' && status.error !== '') throw new Error(`token webhook: ${status.error}`)
    return undefined
  }
  const user = userInfoOf(status.user)
  if (wanted.length === 0) return { user }
  const given = audiencesOf(status.audiences)
  const audiences = commonAudiences(wanted, given.length > 0 ? given : own)
  return audiences.length > 0 ? { user, audiences } : undefined
}

function audiencesOf(value: unknown): readonly string[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
    throw new Error('the token webhook answered audiences of another type')
  return value
}
