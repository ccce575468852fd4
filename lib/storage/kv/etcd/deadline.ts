import { setMaxListeners } from 'node:events'
import { type Context, isAborted } from '../../../meta/context.js'
import { UnavailableError } from '../types.js'

/** The longest delay of a timer in Node. @internal */
export const LONGEST_TIMER_MS = 2 ** 31 - 1

const unlimited = new WeakSet<AbortSignal>()

/**
 * Calls `listener` when the signal aborts, at once if it has; the returned function takes that back. One signal may serve
 * any number of calls at a time, of which Node would warn as of a leak.
 * @internal
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  if (signal.aborted) {
    listener()
    return () => {}
  }
  if (!unlimited.has(signal)) {
    unlimited.add(signal)
    setMaxListeners(0, signal)
  }
  signal.addEventListener('abort', listener, { once: true })
  return () => signal.removeEventListener('abort', listener)
}

/** Throws {@link UnavailableError} when nobody waits for the answer any more. @internal */
export function throwIfOver(context: Context): void {
  if (isAborted(context)) throw aborted(context)
  if (context.deadline !== undefined && context.deadline <= Date.now()) {
    throw new UnavailableError('etcd: the deadline has passed')
  }
}

/** The context's own deadline or the given number of milliseconds from now, whichever comes first. @internal */
export function deadlineOf(context: Context, timeoutMs: number): number {
  return Math.min(context.deadline ?? Number.POSITIVE_INFINITY, Date.now() + timeoutMs)
}

/** The outcome of `work`, or {@link UnavailableError} once the context is over. @internal */
export function untilOver<T>(work: Promise<T>, context: Context): Promise<T> {
  const { signal, deadline } = context
  return new Promise((resolve, reject) => {
    const abort = () => reject(aborted(context))
    const late = () => reject(new UnavailableError('etcd: the deadline has passed'))
    const left = deadline === undefined ? undefined : Math.min(deadline - Date.now(), LONGEST_TIMER_MS)
    const timer = left === undefined ? undefined : setTimeout(late, left)
    const forget = onAbort(signal, abort)
    const done = () => {
      clearTimeout(timer)
      forget()
    }
    work.finally(done).then(resolve, reject)
  })
}

/** Waits, but not longer than the context lives. @internal */
export function pause(ms: number, context: Context): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const elapsed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  return untilOver(elapsed, context).finally(() => clearTimeout(timer))
}

function aborted(context: Context): UnavailableError {
  return new UnavailableError('etcd: the call was aborted', { cause: context.signal.reason })
}
