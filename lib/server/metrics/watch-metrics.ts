import type { Registry } from 'prom-client'
import type { RequestContext } from '../../endpoints/index.js'
import type { ResourceDefinition } from '../define-resource.js'
import { type HistogramSeries, HotCounter, HotHistogram, type ValueSeries } from './hot-metrics.js'

const LABELS = ['group', 'version', 'kind'] as const
const SIZES = [1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072]

interface WatchSeries {
  readonly events: ValueSeries
  readonly sizes: HistogramSeries
}

/** Counts the events of watches as they are sent. */
export class WatchMetrics {
  readonly #byResource = new Map<string, WatchSeries>()

  constructor(registry: Registry, resources: readonly ResourceDefinition[]) {
    const registers = [registry]
    const events = new HotCounter({
      name: 'apiserver_watch_events_total',
      help: 'Number of events sent in watch clients',
      labelNames: LABELS,
      registers,
    })
    const sizes = new HotHistogram({
      name: 'apiserver_watch_events_sizes',
      help: 'Watch event size distribution in bytes',
      labelNames: LABELS,
      buckets: SIZES,
      registers,
    })
    for (const { versions, plural } of resources) {
      for (const { kind } of versions) {
        const { group, version } = kind.gvk
        const labels = { group, version, kind: kind.gvk.kind }
        const series = { events: events.series(labels), sizes: sizes.series(labels) }
        this.#byResource.set(`${plural}.${group}/${version}`, series)
      }
    }
  }

  observe(ctx: RequestContext): void {
    const { requestInfo } = ctx
    if (!requestInfo) return
    const { resource, apiGroup, apiVersion } = requestInfo
    const series = this.#byResource.get(`${resource}.${apiGroup}/${apiVersion}`)
    if (!series) return
    ctx.onEvents = (frames) => {
      series.events.inc(frames.length)
      for (const frame of frames) series.sizes.observe(frame.length)
    }
  }
}
