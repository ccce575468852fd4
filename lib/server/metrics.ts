import { type RequestContext, writeBody } from '../endpoints/index.js'

/** Verbs and resources come from installed routes and a fixed list, so that strangers cannot make up new series. */
interface Series {
  readonly verb: string
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly code: number
  count: number
}

const TEXT_FORMAT = 'text/plain; version=0.0.4; charset=utf-8'

/** What the server counts of itself, in Prometheus' text format under Kubernetes' names. */
export class Metrics {
  readonly #requests = new Map<string, Series>()
  #inflight = 0

  begin(): void {
    this.#inflight++
  }

  end(ctx: RequestContext, known: boolean): void {
    this.#inflight--
    const info = ctx.requestInfo
    const {
      verb,
      apiGroup: group,
      apiVersion: version,
      resource,
    } = known && info ? info : { verb: '', apiGroup: '', apiVersion: '', resource: '' }
    const code = ctx.response.statusCode
    const key = `${verb} ${group} ${version} ${resource} ${code}`
    const series = this.#requests.get(key)
    if (series) series.count++
    else this.#requests.set(key, { verb, group, version, resource, code, count: 1 })
  }

  serve(ctx: RequestContext): Promise<void> {
    return writeBody(ctx, 200, TEXT_FORMAT, Buffer.from(this.#text()))
  }

  #text(): string {
    const { rss, heapUsed } = process.memoryUsage()
    const lines = [
      '# HELP apiserver_request_total Counter of apiserver requests broken out for each verb, group, version, resource and code.',
      '# TYPE apiserver_request_total counter',
    ]
    for (const { verb, group, version, resource, code, count } of this.#requests.values()) {
      const labels = `code="${code}",group="${group}",resource="${resource}",verb="${verb.toUpperCase()}",version="${version}"`
      lines.push(`apiserver_request_total{${labels}} ${count}`)
    }
    lines.push(
      ...gauge(
        'apiserver_current_inflight_requests',
        'Requests that are being served now, watches among them.',
        this.#inflight,
      ),
      ...gauge('process_resident_memory_bytes', 'Resident memory size in bytes.', rss),
      ...gauge('nodejs_heap_used_bytes', 'Used size of the JavaScript heap in bytes.', heapUsed),
    )
    return `${lines.join('\n')}\n`
  }
}

const gauge = (name: string, help: string, value: number): string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} gauge`,
  `${name} ${value}`,
]
