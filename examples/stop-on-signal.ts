/** A signal within this time after the first is the same wish: Ctrl-C under npm arrives from the terminal and from npm. */
const SAME_SIGNAL_MS = 1_000

/**
 * Ends the process on SIGTERM or SIGINT, with 0 once `stop` has resolved. A second signal ends it at once.
 *
 * @param cut called before the process ends at once
 */
export function stopOnSignal(stop: () => Promise<void>, cut: () => void = () => undefined): void {
  let stoppingSince: number | undefined
  const onSignal = () => {
    if (stoppingSince !== undefined) {
      if (Date.now() - stoppingSince <= SAME_SIGNAL_MS) return
      cut()
      process.exit(1)
    }
    stoppingSince = Date.now()
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(`cannot stop cleanly: ${error instanceof Error ? error.message : error}`)
        cut()
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
}
