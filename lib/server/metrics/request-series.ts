import type { Registry } from 'prom-client'
import { type HistogramSeries, HotCounter, HotGauge, HotHistogram, type ValueSeries } from './hot-metrics.js'

/** Labels that tell requests apart, named as a kube-apiserver names them. */
export interface RequestLabels {
  readonly verb: string
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly subresource: string
  readonly scope: string
}

const WHERE = ['verb', 'group', 'version', 'resource', 'subresource', 'scope'] as const
type Where = (typeof WHERE)[number]

const DURATION_SECONDS = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
]
const SIZE_BYTES = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]
const BODY_BYTES = Array.from({ length: 31 }, (_, i) => 50_000 + i * 100_000)

/** The families of metrics about requests. */
export class RequestFamilies {
  readonly total: HotCounter<Where | 'dry_run' | 'component' | 'code'>
  readonly duration: HotHistogram<Where | 'dry_run' | 'component'>
  readonly responseSizes: HotHistogram<Where | 'component'>
  readonly bodySizes: HotHistogram<'resource' | 'verb'>
  readonly longRunning: HotGauge<Where | 'component'>
  readonly terminations: HotCounter<Where | 'component' | 'code'>
  readonly aborts: HotCounter<Where>

  constructor(registry: Registry) {
    const registers = [registry]
    this.total = new HotCounter({
      name: 'apiserver_request_total',
      help: 'Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.',
      labelNames: [...WHERE, 'dry_run', 'component', 'code'],
      registers,
    })
    this.duration = new HotHistogram({
      name: 'apiserver_request_duration_seconds',
      help: 'Response latency distribution in seconds for each verb, dry run value, group, version, resource, subresource, scope and component.',
      labelNames: [...WHERE, 'dry_run', 'component'],
      buckets: DURATION_SECONDS,
      registers,
    })
    this.responseSizes = new HotHistogram({
      name: 'apiserver_response_sizes',
      help: 'Response size distribution in bytes for each group, version, verb, resource, subresource, scope and component.',
      labelNames: [...WHERE, 'component'],
      buckets: SIZE_BYTES,
      registers,
    })
    this.bodySizes = new HotHistogram({
      name: 'apiserver_request_body_size_bytes',
      help: 'Apiserver request body size in bytes broken out by resource and verb.',
      labelNames: ['resource', 'verb'],
      buckets: BODY_BYTES,
      registers,
    })
    this.longRunning = new HotGauge({
      name: 'apiserver_longrunning_requests',
      help: 'Gauge of all active long-running apiserver requests broken out by verb, group, version, resource, scope and component. Not all requests are tracked this way.',
      labelNames: [...WHERE, 'component'],
      registers,
    })
    this.terminations = new HotCounter({
      name: 'apiserver_request_terminations_total',
      help: 'Number of requests which apiserver terminated in self-defense.',
      labelNames: [...WHERE, 'component', 'code'],
      registers,
    })
    this.aborts = new HotCounter({
      name: 'apiserver_request_aborts_total',
      help: 'Number of requests which apiserver aborted possibly due to a timeout, for each group, version, verb, resource, subresource and scope',
      labelNames: WHERE,
      registers,
    })
  }
}

const COMPONENT = 'apiserver'
/** What a server answers by itself because it would be too much or took too long. */
const SELF_DEFENSE: ReadonlySet<number> = new Set([429, 504])

/** Everything that is counted of requests with the same labels, resolved once. */
export class RequestSeries {
  readonly #families: RequestFamilies
  readonly #labels: RequestLabels
  readonly #dryRun: string
  readonly #codes = new Map<number, ValueSeries>()
  readonly #terminations = new Map<number, ValueSeries>()
  readonly #duration: HistogramSeries
  readonly responseSize: HistogramSeries | undefined
  readonly bodySize: HistogramSeries | undefined
  #longRunning: ValueSeries | undefined
  #aborts: ValueSeries | undefined

  constructor(families: RequestFamilies, labels: RequestLabels, dryRun: string) {
    this.#families = families
    this.#labels = labels
    this.#dryRun = dryRun
    this.#duration = families.duration.series({ ...labels, dry_run: dryRun, component: COMPONENT })
    const { verb, resource } = labels
    const reads = dryRun === '' && (verb === 'GET' || verb === 'LIST')
    this.responseSize = reads ? families.responseSizes.series({ ...labels, component: COMPONENT }) : undefined
    const writes = verb === 'POST' || verb === 'PUT' || verb === 'PATCH' || verb === 'APPLY'
    const named = resource === '' ? resource : `${resource}${labels.group === '' ? '' : `.${labels.group}`}`
    this.bodySize = writes ? families.bodySizes.series({ resource: named, verb: verb.toLowerCase() }) : undefined
  }

  get longRunning(): ValueSeries {
    this.#longRunning ??= this.#families.longRunning.series({ ...this.#labels, component: COMPONENT })
    return this.#longRunning
  }

  answered(code: number, seconds: number): void {
    let counter = this.#codes.get(code)
    if (counter === undefined) {
      counter = this.#total(code)
      this.#codes.set(code, counter)
    }
    counter.value++
    this.#duration.observe(seconds)
    if (code >= 400 && SELF_DEFENSE.has(code)) this.#terminated(code)
  }

  /** The client left before its answer was out. */
  aborted(): void {
    this.#aborts ??= this.#families.aborts.series(this.#labels)
    this.#aborts.inc()
  }

  #total(code: number): ValueSeries {
    const labels = { ...this.#labels, dry_run: this.#dryRun, component: COMPONENT, code: String(code) }
    return this.#families.total.series(labels)
  }

  #terminated(code: number): void {
    let counter = this.#terminations.get(code)
    if (counter === undefined) {
      counter = this.#families.terminations.series({ ...this.#labels, component: COMPONENT, code: String(code) })
      this.#terminations.set(code, counter)
    }
    counter.inc()
  }
}
