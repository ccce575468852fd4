import type { Clock, RequestDigest } from '../../lib/flowcontrol/index.js'
import { NON_RESOURCE, type RequestInfo, type UserInfo } from '../../lib/meta/context.js'

interface Timer {
  readonly at: number
  readonly order: number
  readonly callback: () => void
}

/** Time that passes when it is told to. */
export class VirtualClock implements Clock {
  #now = 0
  #order = 0
  readonly #timers = new Set<Timer>()

  /** @param epoch what `date` says at the start, in milliseconds. */
  constructor(private readonly epoch = Date.UTC(2026, 0, 1)) {}

  now(): number {
    return this.#now
  }

  date(): number {
    return this.epoch + this.#now
  }

  after(milliseconds: number, callback: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, milliseconds), order: this.#order++, callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  nextTurn(callback: () => void): void {
    this.after(0, callback)
  }

  get pending(): number {
    return this.#timers.size
  }

  /** Calls back everybody whose time comes within so many milliseconds, in order. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds
    for (let next = this.#next(end); next; next = this.#next(end)) this.#fire(next)
    this.#now = end
  }

  /** Goes to the next timer; false when there is none. */
  step(): boolean {
    const next = this.#next(Number.POSITIVE_INFINITY)
    if (next) this.#fire(next)
    return next !== undefined
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer)
    this.#now = Math.max(this.#now, timer.at)
    timer.callback()
  }

  #next(end: number): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers) {
      if (timer.at > end) continue
      if (!first || timer.at < first.at || (timer.at === first.at && timer.order < first.order)) first = timer
    }
    return first
  }
}

/** Numbers from 0 to 1 that look random and are the same in every run (a linear congruential generator's high bits). */
export function seeded(seed: number): () => number {
  let state = BigInt(seed) * 2862933555777941757n + 3037000493n
  return () => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n)
    return Number(state >> 33n) / 2 ** 31
  }
}

export const wholeBelow = (random: () => number, end: number): number => Math.floor(random() * end)

export const userNamed = (name: string, ...groups: readonly string[]): UserInfo => ({ name, groups })

/** A request for a resource, or for another path. */
export function infoOf(parts: Partial<RequestInfo>): RequestInfo {
  const isResourceRequest = parts.path === undefined
  return { ...NON_RESOURCE, verb: 'get', isResourceRequest, ...parts }
}

export const digestOf = (user: UserInfo, parts: Partial<RequestInfo>): RequestDigest => ({
  user,
  requestInfo: infoOf(parts),
})

export const NO_QUERY = () => new URLSearchParams()
