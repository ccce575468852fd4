import { Gauge, type Registry } from 'prom-client'
import { RequestContext } from '../../endpoints/index.js'
import type { RevisionedKV } from '../../storage/index.js'
import type { ResourceDefinition } from '../define-resource.js'
import type { ObjectCounts } from '../object-counts.js'
import { HotCounter, HotHistogram } from './hot-metrics.js'

const SECONDS = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60]

/** Calls that go to the store, and how etcd's clients call them. */
const OPERATIONS: ReadonlyMap<string, string> = new Map([
  ['get', 'get'],
  ['range', 'list'],
  ['count', 'count'],
  ['create', 'create'],
  ['update', 'update'],
  ['delete', 'delete'],
])

type Method = (...args: unknown[]) => unknown

/** The same store, whose calls are counted and timed by what they do and to which resource. */
export function measuredKV(
  registry: Registry,
  kv: RevisionedKV,
  prefix: string,
  resources: readonly ResourceDefinition[],
): RevisionedKV {
  return wrapped(kv, observer(registry, typesBelow(prefix, resources)))
}

/** The same store, whose calls tell the request that they are made for how long they took. */
export function latencyTrackedKV(kv: RevisionedKV): RevisionedKV {
  return wrapped(kv, (_, call) => async (...args) => {
    const [ctx] = args
    if (!(ctx instanceof RequestContext)) return call(...args)
    const start = performance.now()
    try {
      return await call(...args)
    } finally {
      ctx.addLatency('etcd', performance.now() - start)
    }
  })
}

function wrapped(kv: RevisionedKV, around: (operation: string, call: Method) => Method): RevisionedKV {
  const source = kv as unknown as Record<string, Method>
  const all: Record<string, Method> = {}
  for (const name of methodsOf(kv)) {
    const call: Method = (...args) => source[name]!.apply(kv, args)
    const operation = OPERATIONS.get(name)
    all[name] = operation === undefined ? call : around(operation, call)
  }
  return all as unknown as RevisionedKV
}

function observer(registry: Registry, typeOf: (key: string) => string): (operation: string, call: Method) => Method {
  const labelNames = ['operation', 'type'] as const
  const registers = [registry]
  const durations = new HotHistogram({
    name: 'etcd_request_duration_seconds',
    help: 'Etcd request latency in seconds for each operation and object type.',
    labelNames,
    buckets: SECONDS,
    registers,
  })
  const requests = new HotCounter({
    name: 'etcd_requests_total',
    help: 'Etcd request counts for each operation and object type.',
    labelNames,
    registers,
  })
  const errors = new HotCounter({
    name: 'etcd_request_errors_total',
    help: 'Etcd failed request counts for each operation and object type.',
    labelNames,
    registers,
  })
  return (operation, call) => {
    const byType = new Map<string, ReturnType<typeof make>>()
    const make = (type: string) => {
      const labels = { operation, type }
      const series = { duration: durations.series(labels), request: requests.series(labels), labels }
      byType.set(type, series)
      return series
    }
    return async (...args) => {
      const type = typeOf(String(args[1]))
      const series = byType.get(type) ?? make(type)
      const start = performance.now()
      series.request.inc()
      try {
        return await call(...args)
      } catch (err) {
        errors.series(series.labels).inc()
        throw err
      } finally {
        series.duration.observe((performance.now() - start) / 1000)
      }
    }
  }
}

/** The resource that a key belongs to, as `plural.group`; '' for one of nobody's. */
function typesBelow(prefix: string, resources: readonly ResourceDefinition[]): (key: string) => string {
  const groups = new Map<string, Map<string, string>>()
  const core = new Map<string, string>()
  for (const { group, plural } of resources) {
    const plurals = group === '' ? core : (groups.get(group) ?? new Map<string, string>())
    if (group !== '') groups.set(group, plurals)
    plurals.set(plural, group === '' ? plural : `${plural}.${group}`)
  }
  const start = prefix.length + 1
  return (key) => {
    const end = key.indexOf('/', start)
    const first = key.slice(start, end < 0 ? undefined : end)
    const plurals = groups.get(first)
    if (!plurals) return core.get(first) ?? ''
    const second = key.indexOf('/', end + 1)
    return plurals.get(key.slice(end + 1, second < 0 ? undefined : second)) ?? ''
  }
}

/** All methods of an object, its classes' ones too. */
function methodsOf(object: object): ReadonlySet<string> {
  const names = new Set<string>()
  for (let at: object | null = object; at && at !== Object.prototype; at = Object.getPrototypeOf(at) as object | null)
    for (const name of Object.getOwnPropertyNames(at))
      if (name !== 'constructor' && typeof (object as Record<string, unknown>)[name] === 'function') names.add(name)
  return names
}

/** How many objects there are, as last counted. */
export function registerObjectCounts(registry: Registry, counts: ObjectCounts): void {
  new Gauge({
    name: 'apiserver_storage_objects',
    help: 'Number of stored objects at the time of last check split by kind. In case of a fetching error, the value will be -1.',
    labelNames: ['resource'],
    registers: [registry],
    async collect() {
      for (const [resource, count] of await counts.all()) this.set({ resource }, count)
    },
  })
}
