import type { Filter } from '../handler-chain.js'
import { writeText } from '../text.js'

const READS: ReadonlySet<string> = new Set(['get', 'list'])

/** How many requests may be served at once; watches don't count, they wait most of the time. */
export interface InFlightLimits {
  /** Reads. Default 400, like a kube-apiserver's `--max-requests-inflight`. 0 = any number. */
  readonly maxRequestsInFlight?: number
  /** Writes. Default 200, like `--max-mutating-requests-inflight`. 0 = any number. */
  readonly maxMutatingRequestsInFlight?: number
}

/** Turns away what would only wait (429, RFC 6585), so that what is being served stays quick and memory bounded. */
export function withMaxInFlight(limits: InFlightLimits): Filter {
  const { maxRequestsInFlight = 400, maxMutatingRequestsInFlight = 200 } = limits
  const reads = { now: 0, max: maxRequestsInFlight || Number.POSITIVE_INFINITY }
  const writes = { now: 0, max: maxMutatingRequestsInFlight || Number.POSITIVE_INFINITY }
  return (ctx, next) => {
    const { requestInfo } = ctx
    if (!requestInfo?.isResourceRequest || requestInfo.verb === 'watch') return next()
    const slots = READS.has(requestInfo.verb) ? reads : writes
    if (slots.now >= slots.max) {
      ctx.response.setHeader('Retry-After', '1')
      return writeText(ctx, 429, 'Too many requests, please try again later.\n')
    }
    slots.now++
    const done = () => {
      slots.now--
    }
    const result = next()
    if (!result) return done()
    return result.finally(done)
  }
}
