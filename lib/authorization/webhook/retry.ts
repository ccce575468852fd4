import { setTimeout as sleep } from 'node:timers/promises'
import { WebhookStatusError } from './client.js'

/** How often and how soon a call is tried again. */
export interface RetryOptions {
  /** Tries in all. Default 5, as Kubernetes has it. */
  readonly attempts?: number
  /** Milliseconds before the second try; each further wait is 1.5 times as long, and a fifth longer at random. Default 500. */
  readonly backoffMs?: number
}

const FACTOR = 1.5
const JITTER = 0.2
const CONNECTION_ERRORS: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE'])

/**
 * Calls until it works, until it fails for a reason that will not pass, or until the tries or the time are used up.
 *
 * @throws whatever the last call threw, or the signal's reason
 */
export async function withRetry<T>(call: () => Promise<T>, options: RetryOptions, signal: AbortSignal): Promise<T> {
  const { attempts = 5, backoffMs = 500 } = options
  let wait = backoffMs
  for (let attempt = 1; ; attempt++) {
    try {
      return await call()
    } catch (err) {
      // A call that is cut off while its answer comes fails with a broken connection; that time is over says more.
      if (signal.aborted) throw signal.reason
      if (attempt >= attempts || !mayPass(err)) throw err
      if (!(await slept(Math.max(wait * (1 + Math.random() * JITTER), askedWait(err)), signal))) throw err
      wait *= FACTOR
    }
  }
}

async function slept(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return sleep(milliseconds, true, { signal, ref: false }).catch(() => false)
}

const askedWait = (err: unknown): number => (err instanceof WebhookStatusError ? (err.retryAfterMs ?? 0) : 0)

/** A webhook that restarts, or has too much to do, may answer a little later (Kubernetes' `DefaultShouldRetry`). */
function mayPass(err: unknown): boolean {
  if (err instanceof WebhookStatusError)
    return err.code === 500 || err.code === 504 || err.code === 429 || err.retryAfterMs !== undefined
  return CONNECTION_ERRORS.has(String((err as { code?: unknown } | undefined)?.code))
}
