import type { JWTVerifyGetKey } from 'jose'

/** Keys that are older are no longer believed when their issuer cannot be asked. */
const MAX_STALE_MS = 24 * 60 * 60 * 1000

/** Times of a {@link KeySet}, in milliseconds. */
export interface KeySetTimes {
  /** When keys are asked for again. */
  readonly maxAgeMs: number
  /** Shortest time between two askings. */
  readonly cooldownMs: number
}

/**
 * An issuer's keys: asked for when first needed, when they are old, and when a token does not fit them; never more
 * often than the cooldown allows, whatever tokens of strangers claim, and by one question at a time.
 */
export class KeySet {
  #keys: JWTVerifyGetKey | undefined
  #fetchedAt = Number.NEGATIVE_INFINITY
  #askedAt = Number.NEGATIVE_INFINITY
  #asking: Promise<void> | undefined
  #failure: unknown

  constructor(
    readonly fetch: () => Promise<JWTVerifyGetKey>,
    readonly times: KeySetTimes,
  ) {}

  /**
   * The keys as they are known.
   *
   * @throws whatever the last asking threw when there are none
   */
  async current(): Promise<JWTVerifyGetKey> {
    if (this.#age() > this.times.maxAgeMs) {
      const refreshed = this.#refresh()
      // While the issuer is known to be down, who has keys to go on with does not wait for it.
      if (this.#failure === undefined || this.#age() > MAX_STALE_MS) await refreshed
    }
    if (this.#keys === undefined || this.#age() > MAX_STALE_MS)
      throw this.#failure ?? new Error('oidc: no keys are known yet')
    return this.#keys
  }

  /** Newer keys than these; undefined when there are none yet. */
  async newerThan(keys: JWTVerifyGetKey): Promise<JWTVerifyGetKey | undefined> {
    if (this.#keys === keys) await this.#refresh()
    return this.#keys === keys ? undefined : this.#keys
  }

  #age(): number {
    return Date.now() - this.#fetchedAt
  }

  #refresh(): Promise<void> {
    if (this.#asking) return this.#asking
    if (Date.now() - this.#askedAt < this.times.cooldownMs) return Promise.resolve()
    this.#askedAt = Date.now()
    this.#asking = this.#ask().finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  /** What fails is kept for those who have no keys to go on with. */
  async #ask(): Promise<void> {
    try {
      this.#keys = await this.fetch()
      this.#fetchedAt = Date.now()
      this.#failure = undefined
    } catch (err) {
      this.#failure = err
    }
  }
}
