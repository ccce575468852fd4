import type { AuthenticationResponse } from './authenticator.js'

/** After so long no token is kept; and how many are until then, and how long they may be. */
const KEPT_MS = 1000
const MAX_TOKENS = 256
const MAX_TOKEN_LENGTH = 4096

interface Recent {
  readonly answer: AuthenticationResponse
  readonly until: number
}

/**
 * Good tokens of this very second, so that a client's many requests cost one digest. How long a look-up takes tells
 * nothing about a token: V8 finds texts by a hash with a seed of this process, and compares only those with the same one.
 */
export class RecentTokens {
  readonly #tokens = new Map<string, Recent>()
  #timer: NodeJS.Timeout | undefined

  /** Who a token is of, if it was good just now and still is. */
  get(token: string): AuthenticationResponse | undefined {
    const recent = this.#tokens.get(token)
    return recent !== undefined && Date.now() < recent.until ? recent.answer : undefined
  }

  /** @param until milliseconds since the epoch after which somebody must be asked again */
  set(token: string, answer: AuthenticationResponse, until: number): void {
    if (token.length > MAX_TOKEN_LENGTH || this.#tokens.size >= MAX_TOKENS) return
    this.#tokens.set(token, { answer, until })
    this.#timer ??= setTimeout(() => this.clear(), KEPT_MS).unref()
  }

  clear(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#tokens.clear()
  }
}
