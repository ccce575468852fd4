/** What a server counts of itself: prom-client's registry and text form, with series that are resolved once. */
export { measuredPlugins } from './admission-metrics.js'
export { registerCacheMetrics } from './cache-metrics.js'
export { Metrics, type MetricsOptions } from './metrics.js'
export type { SecurityMetrics } from './security-metrics.js'
export { latencyTrackedKV, measuredKV, registerObjectCounts } from './storage-metrics.js'
