import type { RequestContext } from '../../endpoints/index.js'
import type { Filter } from '../handler-chain.js'
import type { LongRunningRequestCheck } from '../long-running.js'
import { whenSettled } from '../settle.js'
import { isLongRunning } from './long-running.js'
import { tooManyRequests } from './too-many-requests.js'

const READS: ReadonlySet<string> = new Set(['get', 'list', 'watch'])
/** Whoever may do everything always gets an answer: else nobody could put an overloaded server right. */
const NEVER_REFUSED = 'system:masters'
const RETRY_AFTER_SECONDS = 1

/** How many requests may be served at once; long-running ones don't count, they wait most of the time. */
export interface InFlightLimits {
  /** Reads. Default 400, like a kube-apiserver's `--max-requests-inflight`. 0 = any number. */
  readonly maxRequestsInFlight?: number
  /** Everything else. Default 200, like `--max-mutating-requests-inflight`. 0 = any number. */
  readonly maxMutatingRequestsInFlight?: number
}

/** Requests of one kind that are being served. */
interface Slots {
  now: number
  readonly max: number
}

/**
 * Turns away what would only wait, so that what is being served stays quick and memory bounded: the simple choice, where
 * flow control is not wanted. Needs the request's info; knows who may not be refused only behind authentication.
 *
 * @param lasts which requests are meant to last: they are let through and never counted.
 */
export function withMaxInFlight(limits: InFlightLimits, lasts: LongRunningRequestCheck = isLongRunning): Filter {
  const { maxRequestsInFlight = 400, maxMutatingRequestsInFlight = 200 } = limits
  const reads: Slots = { now: 0, max: maxRequestsInFlight || Number.POSITIVE_INFINITY }
  const writes: Slots = { now: 0, max: maxMutatingRequestsInFlight || Number.POSITIVE_INFINITY }
  return (ctx, next) => {
    const { requestInfo } = ctx
    if (!requestInfo) throw new Error('no RequestInfo found in context, handler chain must be wrong')
    if (lasts(requestInfo)) return next()
    const slots = READS.has(requestInfo.verb) ? reads : writes
    if (slots.now < slots.max) {
      slots.now++
      return whenSettled(next, () => {
        slots.now--
      })
    }
    // Beyond the limit, and not counted.
    if (mayNotBeRefused(ctx)) return next()
    return tooManyRequests(ctx, RETRY_AFTER_SECONDS)
  }
}

const mayNotBeRefused = ({ user }: RequestContext): boolean => user.groups.includes(NEVER_REFUSED)
