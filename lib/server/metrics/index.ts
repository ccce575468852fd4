/** What a server counts of itself: prom-client's registry and text form, with series that are resolved once. */
export { Metrics, type MetricsOptions } from './metrics.js'
