import type { RequestContext } from '../endpoints/index.js'
import { type Link, LinkedList } from '../meta/linked-list.js'
import type { LongRunningRequestCheck } from './long-running.js'

/** How long the parts of a shutdown may take, in milliseconds. */
export interface DrainOptions {
  /** Longest wait for requests that are being answered. */
  readonly patienceMs: number
  /** Watches end at random moments within so long: their clients must not all come back at once. */
  readonly watchTerminationMs: number
}

/** Knows what is being served, so that a server can end without cutting anybody off in mid-answer. */
export class Lifecycle {
  readonly #inflight = new LinkedList<RequestContext>()
  readonly #isLongRunning: LongRunningRequestCheck
  #shuttingDown = false
  #draining = false
  #idle: (() => void) | undefined

  constructor(isLongRunning: LongRunningRequestCheck) {
    this.#isLongRunning = isLongRunning
  }

  /** Whether the server will end soon: it is not ready any more, and still serves everybody. */
  get shuttingDown(): boolean {
    return this.#shuttingDown
  }

  /** Whether new requests are turned away. */
  get draining(): boolean {
    return this.#draining
  }

  initiateShutdown(): void {
    this.#shuttingDown = true
  }

  /** To be handed to {@link Lifecycle.done} when the request is over. */
  add(ctx: RequestContext): Link<RequestContext> {
    const link = this.#inflight.add(ctx)
    // A watch that came with the last ones: nobody would end it.
    if (this.#draining && this.#lasts(ctx)) ctx.abort()
    return link
  }

  done(link: Link<RequestContext>): void {
    this.#inflight.remove(link)
    if (this.#inflight.size === 0) this.#idle?.()
  }

  /** Ends what lasts, waits for the others, ends what is left after the patience. */
  async drain({ patienceMs, watchTerminationMs }: DrainOptions): Promise<void> {
    this.#shuttingDown = true
    this.#draining = true
    this.#endLongRunning(watchTerminationMs)
    if (this.#inflight.size === 0) return
    let timer: NodeJS.Timeout | undefined
    const impatient = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, Math.max(patienceMs, watchTerminationMs))
    })
    await Promise.race([new Promise<void>((resolve) => (this.#idle = resolve)), impatient])
    clearTimeout(timer)
    for (const ctx of this.#inflight) {
      ctx.abort()
      ctx.response.destroy()
    }
  }

  #endLongRunning(withinMs: number): void {
    for (const ctx of this.#inflight) {
      if (!this.#lasts(ctx)) continue
      if (withinMs > 0) setTimeout(() => ctx.abort(), Math.random() * withinMs)
      else ctx.abort()
    }
  }

  #lasts({ requestInfo }: RequestContext): boolean {
    return requestInfo !== undefined && this.#isLongRunning(requestInfo)
  }
}
