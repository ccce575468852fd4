import { Counter, Gauge, type Registry } from 'prom-client'
import type { CacherStats } from '../../storage/index.js'
import type { WatchCaches } from '../watch-caches.js'

/** One of a cache's numbers under the name that a kube-apiserver gives it. */
interface Series {
  readonly name: string
  readonly help: string
  readonly value: (stats: CacherStats) => number
}

const COUNTERS: readonly Series[] = [
  {
    name: 'apiserver_watch_cache_initializations_total',
    help: 'Times that a watch cache was filled',
    value: (stats) => stats.initializations,
  },
  {
    name: 'apiserver_watch_cache_events_received_total',
    help: 'Events that a watch cache has received',
    value: (stats) => stats.eventsReceived,
  },
  {
    name: 'apiserver_terminated_watchers_total',
    help: 'Watchers ended because they were too slow, or because their cache began anew',
    value: (stats) => stats.terminatedWatchers,
  },
]

const GAUGES: readonly Series[] = [
  {
    name: 'apiserver_watch_cache_capacity',
    help: 'Most events that a watch cache holds for watches to begin from',
    value: (stats) => stats.windowCapacity,
  },
  { name: 'apiserver_registered_watchers', help: 'Watchers on a watch cache', value: (stats) => stats.watchers },
]

/** Shows what the watch caches have counted; they count by themselves, so this costs nothing until somebody asks. */
export function registerCacheMetrics(registry: Registry, caches: WatchCaches): void {
  const registers = [registry]
  const labelNames = ['resource']
  for (const { name, help, value } of COUNTERS) {
    new Counter({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset()
        for (const [resource, stats] of caches.stats()) this.inc({ resource }, value(stats))
      },
    })
  }
  for (const { name, help, value } of GAUGES) {
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        for (const [resource, stats] of caches.stats()) this.set({ resource }, value(stats))
      },
    })
  }
  registerConsistentReads(registry, caches)
  registerRevisions(registry, caches)
}

function registerConsistentReads(registry: Registry, caches: WatchCaches): void {
  new Counter({
    name: 'apiserver_watch_cache_consistent_read_total',
    help: 'Reads that must see every write before them, answered from a watch cache or, as a fallback, from the store',
    labelNames: ['resource', 'success', 'fallback'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [resource, { consistentReads, consistentReadFallbacks }] of caches.stats()) {
        this.inc({ resource, success: 'true', fallback: 'false' }, consistentReads)
        this.inc({ resource, success: 'true', fallback: 'true' }, consistentReadFallbacks)
      }
    },
  })
}

/** How far the caches are, and since when they have not moved while the store has: their time behind. */
function registerRevisions(registry: Registry, caches: WatchCaches): void {
  new Gauge({
    name: 'apiserver_watch_cache_resource_version',
    help: 'Resource version that the watch caches show; 0 = they are being filled',
    registers: [registry],
    collect() {
      this.set(caches.revision)
    },
  })
  new Gauge({
    name: 'apiserver_watch_cache_seconds_behind',
    help: 'Seconds that reads have been waiting for the watch caches to come to the revision of the store',
    registers: [registry],
    collect() {
      this.set(caches.millisecondsBehind / 1000)
    },
  })
}
