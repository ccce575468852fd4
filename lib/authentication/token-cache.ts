import { BoundedMap } from '../meta/bounded-map.js'
import type { AuthenticationResponse, MaybePromise, TokenAuthenticator } from './authenticator.js'
import type { AuthenticationMetrics } from './metrics.js'
import { RecentTokens } from './recent-tokens.js'
import { tokenDigest } from './token-digest.js'

const MAX_ENTRIES = 4096

/** How long and how much a {@link TokenCache} remembers. */
export interface TokenCacheOptions {
  /** How long a known token stays known, in seconds. Default 10, as in kube-apiserver; 0 = not at all. */
  readonly successSeconds?: number
  /** How long an unknown token stays unknown, in seconds. Default 0: a token may become good by a rotated key. */
  readonly failureSeconds?: number
  /** Most tokens kept of each kind, known and unknown. Default 4096. */
  readonly maxEntries?: number
}

type CacheMetrics = Pick<AuthenticationMetrics, 'tokenCacheRequest' | 'tokenCacheFetch' | 'tokenCacheActiveFetch'>

interface Entry<T> {
  readonly answer: T
  readonly until: number
}

/**
 * Remembers who tokens are of, for a short time (Kubernetes' `tokencache`). Tokens themselves are kept for no more than a
 * second, then only salted digests. Several requests with one token wait for one answer. Errors are never remembered: they may pass. Known and
 * unknown tokens have room of their own, so that a flood of bad tokens pushes nobody out.
 */
export class TokenCache implements TokenAuthenticator {
  readonly #known: BoundedMap<Entry<AuthenticationResponse>>
  readonly #unknown: BoundedMap<Entry<true>>
  readonly #recent = new RecentTokens()
  readonly #fetching = new Map<string, Promise<AuthenticationResponse | undefined>>()
  readonly #successMs: number
  readonly #failureMs: number

  constructor(
    readonly tokens: TokenAuthenticator,
    { successSeconds = 10, failureSeconds = 0, maxEntries = MAX_ENTRIES }: TokenCacheOptions = {},
    readonly metrics?: CacheMetrics,
  ) {
    this.#successMs = successSeconds * 1000
    this.#failureMs = failureSeconds * 1000
    this.#known = new BoundedMap(maxEntries)
    this.#unknown = new BoundedMap(maxEntries)
  }

  authenticateToken(token: string, audiences?: readonly string[]): MaybePromise<AuthenticationResponse | undefined> {
    const recent = audiences === undefined ? this.#recent.get(token) : undefined
    if (recent !== undefined) {
      // To measure it would take longer than it took.
      this.metrics?.tokenCacheRequest('hit', 0)
      return recent
    }
    const start = this.metrics && performance.now()
    const key = tokenDigest(token) + (audiences === undefined ? '' : tokenDigest(JSON.stringify(audiences)))
    const now = Date.now()
    const known = this.#known.get(key)
    if (known !== undefined && now < known.until) {
      if (audiences === undefined) this.#recent.set(token, known.answer, known.until)
      this.#requested('hit', start)
      return known.answer
    }
    const unknown = this.#unknown.get(key)
    if (unknown !== undefined && now < unknown.until) {
      this.#requested('hit', start)
      return undefined
    }
    return this.#fetch(key, token, audiences, start)
  }

  /** Asks anew about every token, for other ones hold now. */
  forget(): void {
    this.#recent.clear()
    this.#known.clear()
    this.#unknown.clear()
  }

  #fetch(
    key: string,
    token: string,
    audiences: readonly string[] | undefined,
    start: number | undefined,
  ): MaybePromise<AuthenticationResponse | undefined> {
    const fetching = this.#fetching.get(key)
    if (fetching !== undefined) return this.#joined(fetching, start)
    let answer: MaybePromise<AuthenticationResponse | undefined>
    try {
      answer = this.tokens.authenticateToken(token, audiences)
    } catch (err) {
      this.#failed(start)
      throw err
    }
    if (answer instanceof Promise) return this.#flight(key, answer, start)
    return this.#fetched(key, answer, start)
  }

  /** The first that asks; others join until it is answered. */
  #flight(
    key: string,
    answer: Promise<AuthenticationResponse | undefined>,
    start: number | undefined,
  ): Promise<AuthenticationResponse | undefined> {
    this.metrics?.tokenCacheActiveFetch('in_flight', 1)
    const landed = (): void => {
      this.#fetching.delete(key)
      this.metrics?.tokenCacheActiveFetch('in_flight', -1)
    }
    const flight = answer.then(
      (known) => {
        landed()
        return this.#fetched(key, known, start)
      },
      (err: unknown) => {
        landed()
        this.#failed(start)
        throw err
      },
    )
    this.#fetching.set(key, flight)
    return flight
  }

  async #joined(
    flight: Promise<AuthenticationResponse | undefined>,
    start: number | undefined,
  ): Promise<AuthenticationResponse | undefined> {
    this.metrics?.tokenCacheActiveFetch('blocked', 1)
    try {
      return await flight
    } finally {
      this.metrics?.tokenCacheActiveFetch('blocked', -1)
      this.#requested('miss', start)
    }
  }

  #fetched(
    key: string,
    answer: AuthenticationResponse | undefined,
    start: number | undefined,
  ): AuthenticationResponse | undefined {
    this.metrics?.tokenCacheFetch('ok')
    this.#requested('miss', start)
    const now = Date.now()
    if (answer === undefined) {
      if (this.#failureMs > 0) this.#unknown.set(key, { answer: true, until: now + this.#failureMs })
    } else if (this.#successMs > 0) {
      this.#known.set(key, { answer, until: Math.min(now + this.#successMs, answer.expiresAt ?? Infinity) })
    }
    return answer
  }

  #failed(start: number | undefined): void {
    this.metrics?.tokenCacheFetch('error')
    this.#requested('miss', start)
  }

  #requested(status: 'hit' | 'miss', start: number | undefined): void {
    if (start !== undefined) this.metrics?.tokenCacheRequest(status, (performance.now() - start) / 1000)
  }
}
