import type { Logger } from '../logger.js'

/** A signal so soon after the first is the same wish: Ctrl-C under npm arrives from the terminal and from npm. */
const SAME_SIGNAL_MS = 1_000
const SIGNALS = ['SIGTERM', 'SIGINT'] as const

/**
 * Ends the process on SIGTERM and SIGINT, once `stop` has resolved. A second signal has `stop` called again, which cuts
 * short what it still waits for; a third ends the process at once.
 *
 * @returns what takes the listeners away
 */
export function stopOnSignals(stop: () => Promise<void>, logger: Logger): () => void {
  let first: number | undefined
  let times = 0
  const onSignal = (signal: string): void => {
    if (first !== undefined && performance.now() - first < SAME_SIGNAL_MS && times === 1) return
    first ??= performance.now()
    if (++times > 2) process.exit(1)
    logger.info({ signal }, times === 1 ? 'shutting down' : 'shutting down at once')
    stop().then(
      () => process.exit(0),
      (err: unknown) => {
        logger.error({ err }, 'the server could not be shut down cleanly')
        process.exit(1)
      },
    )
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
  return () => {
    for (const signal of SIGNALS) process.off(signal, onSignal)
  }
}
