// How long the event loop of a server keeps timers waiting.
import { monitorEventLoopDelay } from 'node:perf_hooks'

/** 10 ms is Node's own default; the delay is measured from one timer to the next, so that an idle loop shows about 10 ms. */
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
    const [p50, p99] = [50, 99].map((share) => histogram.percentile(share) / 1e6)
    return { resolution, p50, p99, max: histogram.max / 1e6 }
  })
  monitors = RESOLUTIONS_MS.map((resolution) => ({ resolution, histogram: monitorEventLoopDelay({ resolution }) }))
  for (const { histogram } of monitors) histogram.enable()
  return results
}
