import { type Metric, Registry } from 'prom-client'
import { type RequestContext, writeBody } from '../../endpoints/index.js'
import { type FlowController, flowControlMetrics } from '../../flowcontrol/index.js'
import type { ResourceDefinition } from '../define-resource.js'
import type { Filter } from '../handler-chain.js'
import { isLongRunning, type LongRunningRequestCheck } from '../long-running.js'
import { finalStatus, whenSettled } from '../settle.js'
import { HotGauge } from './hot-metrics.js'
import { registerProcessMetrics } from './process-metrics.js'
import { RequestMetrics } from './request-metrics.js'
import type { RequestSeries } from './request-series.js'
import { type SecurityMetrics, securityMetrics } from './security-metrics.js'
import { WatchMetrics } from './watch-metrics.js'

const READ_ONLY: ReadonlySet<string> = new Set(['get', 'list', 'watch'])

export interface MetricsOptions {
  readonly resources: readonly ResourceDefinition[]
  readonly isLongRunning?: LongRunningRequestCheck
  /** Where further metrics of the app may be; default: a registry of this server's own. */
  readonly registry?: Registry
}

/** What the server counts of itself, in Prometheus' text format under Kubernetes' names. */
export class Metrics {
  readonly registry: Registry
  readonly requests: RequestMetrics
  readonly security: SecurityMetrics
  readonly #watches: WatchMetrics
  readonly #lasts: LongRunningRequestCheck
  readonly #inflight: HotGauge<'request_kind'>

  constructor({ resources, registry = new Registry(), isLongRunning: lasts = isLongRunning }: MetricsOptions) {
    this.registry = registry
    this.#lasts = lasts
    this.requests = new RequestMetrics(registry, resources)
    this.security = securityMetrics(registry)
    this.#watches = new WatchMetrics(registry, resources)
    this.#inflight = new HotGauge({
      name: 'apiserver_current_inflight_requests',
      help: 'Number of requests that are being served now, long-running ones apart, by request kind.',
      labelNames: ['request_kind'],
      registers: [registry],
    })
    registerProcessMetrics(registry)
  }

  /** Counts every request once it is answered, whoever answered it. */
  get filter(): Filter {
    const readOnly = this.#inflight.series({ request_kind: 'readOnly' })
    const mutating = this.#inflight.series({ request_kind: 'mutating' })
    return (ctx, next) => {
      const series = this.requests.seriesOf(ctx)
      const { requestInfo: info, head } = ctx
      const lasts = info !== undefined && this.#lasts(info)
      const reads = info?.isResourceRequest ? READ_ONLY.has(info.verb) : head.method === 'GET' || head.method === 'HEAD'
      const running = lasts ? series.longRunning : reads ? readOnly : mutating
      running.inc()
      if (lasts && info.verb === 'watch') this.#watches.observe(ctx)
      measureRequestBody(ctx, series)
      const start = performance.now()
      return whenSettled(next, (failed) => {
        running.dec()
        series.responseSize?.observe(ctx.sentBytes)
        series.answered(finalStatus(ctx.response, failed), (performance.now() - start) / 1000)
        if (ctx.gone && !ctx.answered) series.aborted()
      })
    }
  }

  registerFlowControl(controller: FlowController): void {
    // Families have the shape that a registry asks of metrics, which its types take for classes.
    for (const family of flowControlMetrics(controller)) this.registry.registerMetric(family as unknown as Metric)
  }

  async serve(ctx: RequestContext): Promise<void> {
    await writeBody(ctx, 200, this.registry.contentType, Buffer.from(await this.registry.metrics()))
  }
}

function measureRequestBody({ head }: RequestContext, { bodySize }: RequestSeries): void {
  if (!bodySize) return
  const length = Number(head.headers['content-length'])
  if (length >= 0) bodySize.observe(length)
}
