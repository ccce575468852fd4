// How long the event loop of a server keeps timers waiting.
import { monitorEventLoopDelay } from 'node:perf_hooks'

/** Periods of the timers whose lateness is measured; 10 ms is Node's own default. */
const RESOLUTIONS_MS = [10, 1]

let monitors = []

/**
 * Begins to measure anew.
 *
 * @returns what was measured until now, in milliseconds, by resolution
 */
export function loopDelay() {
  const results = monitors.map(({ resolution, histogram }) => {
    histogram.disable()
    // Node measures from one timer to the next: an idle loop shows about the period.
    const late = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - resolution)
    const [p50, p99] = [50, 99].map((share) => late(histogram.percentile(share)))
    return { resolution, p50, p99, max: late(histogram.max) }
  })
  monitors = RESOLUTIONS_MS.map((resolution) => ({ resolution, histogram: monitorEventLoopDelay({ resolution }) }))
  for (const { histogram } of monitors) histogram.enable()
  return results
}
