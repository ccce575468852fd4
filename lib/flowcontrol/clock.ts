import { performance } from 'node:perf_hooks'

/** Time as flow control sees it; tests bring their own. */
export interface Clock {
  /** Milliseconds on a scale that never jumps back; says nothing but how long something took. */
  now(): number
  /** Milliseconds since the epoch, for people to read. */
  date(): number
  /** Calls back once after so many milliseconds, unless the result was called before. Keeps no process alive. */
  after(milliseconds: number, callback: () => void): () => void
  /** Calls back when everything that is ready now had its turn on the event loop. */
  nextTurn(callback: () => void): void
}

const MAX_TIMER_MS = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, Math.min(milliseconds, MAX_TIMER_MS)).unref()
    return () => clearTimeout(timer)
  },
  nextTurn(callback) {
    setImmediate(callback)
  },
}
