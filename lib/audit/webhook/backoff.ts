import { messageOf } from '../../meta/errors.js'

/** How often and when something is tried again. */
export interface Backoff {
  /** Milliseconds before the second attempt; each further wait is `FACTOR` times as long. */
  readonly initialMs: number
  readonly attempts: number
}

const FACTOR = 1.5
/** Each wait is so much longer by chance: receivers that come back must not meet everybody at once. */
const JITTER = 0.2

/**
 * Tries until it works, no more attempts are left, or `signal` aborts.
 *
 * @throws what the last attempt threw
 */
export async function withExponentialBackoff(
  { initialMs, attempts }: Backoff,
  signal: AbortSignal,
  attempt: () => Promise<void>,
): Promise<void> {
  let wait = initialMs
  for (let tries = 1; ; tries++) {
    try {
      return await attempt()
    } catch (err) {
      if (signal.aborted) throw new Error(`given up, the server closes: ${messageOf(err)}`, { cause: err })
      if (tries === attempts) throw err
    }
    await sleep(wait * (1 + Math.random() * JITTER), signal)
    wait *= FACTOR
  }
}

/** Waits, or not when nobody has time any more. */
function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    signal.addEventListener('abort', done)
  })
}
