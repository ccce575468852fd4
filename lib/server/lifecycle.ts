import type { RequestContext } from '../endpoints/index.js'
import type { Filter } from './handler-chain.js'
import { writeText } from './text.js'

const ALWAYS_SERVED = ['/healthz', '/livez', '/readyz', '/metrics']

/** Knows what is being served, so that a server can end without cutting anybody off in mid-answer. */
export class Lifecycle {
  readonly #inflight = new Set<RequestContext>()
  #draining = false
  #idle: (() => void) | undefined

  get draining(): boolean {
    return this.#draining
  }

  /** Counts requests; once draining, new ones are told to come back later. */
  readonly filter: Filter = (ctx, next) => {
    if (this.#draining && !ALWAYS_SERVED.some((path) => ctx.path.startsWith(path))) {
      ctx.response.setHeader('Retry-After', '5')
      // HTTP/2 has no such header: its connections end by frames.
      if (ctx.request.httpVersionMajor < 2) ctx.response.setHeader('Connection', 'close')
      return writeText(ctx, 429, 'The apiserver is shutting down, please try again later.')
    }
    this.#inflight.add(ctx)
    const done = () => {
      this.#inflight.delete(ctx)
      if (this.#inflight.size === 0) this.#idle?.()
    }
    const result = next()
    if (!result) return done()
    return result.finally(done)
  }

  /** Ends watches at once, waits for the others, ends what is left after `patienceMs`. */
  async drain(patienceMs: number): Promise<void> {
    this.#draining = true
    for (const ctx of this.#inflight) if (ctx.requestInfo?.verb === 'watch') ctx.abort()
    if (this.#inflight.size === 0) return
    let timer: NodeJS.Timeout | undefined
    const impatient = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, patienceMs)
    })
    await Promise.race([new Promise<void>((resolve) => (this.#idle = resolve)), impatient])
    clearTimeout(timer)
    for (const ctx of this.#inflight) {
      ctx.abort()
      ctx.response.destroy()
    }
  }
}
