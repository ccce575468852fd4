import type { TracerProvider } from '@opentelemetry/api'
import type { Registry } from 'prom-client'
import type { AdmissionPlugin } from '../admission/index.js'
import type { RestResource, VersionInfo } from '../endpoints/index.js'
import type { MemberLimits } from '../runtime/json/index.js'
import type { RevisionedKV, ValueTransformer } from '../storage/index.js'
import type { ResourceDefinition } from './define-resource.js'
import type { CORSOptions } from './filters/cors.js'
import type { HSTSOptions } from './filters/hsts.js'
import type { InFlightLimits } from './filters/max-in-flight.js'
import type { NamedFilter } from './handler-chain.js'
import type { HealthCheck } from './health.js'
import type { Logger } from './logger.js'
import type { LongRunningRequestCheck } from './long-running.js'
import type { SecurityOptions } from './security-options.js'

/** What the chain of filters before the API is made of. A filter that nothing here asks for is not in the chain. */
export interface HandlerChainOptions extends InFlightLimits, SecurityOptions {
  /** Web pages of other origins that may use the API. */
  readonly cors?: CORSOptions
  /** `Strict-Transport-Security` on answers over TLS. */
  readonly hsts?: HSTSOptions
  /** What answers say in `Cache-Control` unless somebody said it before. Default `no-cache, private`. */
  readonly cacheControl?: string
  /** Chance of each HTTP/2 request to be its connection's last, 0 to 0.02, so that clients spread over servers. Default 0. */
  readonly goawayChance?: number
  /** Longest that a request which is not meant to last may take, in milliseconds. Default 60,000. */
  readonly requestTimeoutMs?: number
  /** Which requests are meant to last. Default: watches, and connections (`proxy`, `exec` …), as in a kube-apiserver. */
  readonly longRunning?: LongRunningRequestCheck
  /** Log every request to `logger.info`. Default false. */
  readonly httpLog?: boolean
  /** Log requests that take longer than this to `logger.info`, with their steps, in milliseconds. Default 500 with a `logger`. */
  readonly slowRequestMs?: number
  /**
   * OpenTelemetry spans. Default: when an SDK was registered before the server was made. `false` = none; or a provider of
   * one's own.
   */
  readonly tracing?: boolean | TracerProvider
  /**
   * The last word on the chain: gets its filters, the outermost first, and gives back those that shall be. Any can be left
   * out, replaced or joined by others, but for `RequestInfo`, which the rest needs. A chain without it, a name that is there
   * twice, or a filter that is none makes {@link apiserver} throw a TypeError.
   *
   * @example
   * ```ts
   * const noWarnings = (filters) => filters.filter(({ name }) => name !== 'WarningRecorder')
   * const mine = (filters) => filters.map((slot) => (slot.name === 'MaxInFlightLimit' ? { ...slot, filter } : slot))
   * const before = (filters) => filters.flatMap((slot) => (slot.name === 'Authorization' ? [{ name: 'Mine', filter }, slot] : [slot]))
   * ```
   */
  readonly buildHandlerChain?: (filters: readonly NamedFilter[]) => readonly NamedFilter[]
  /** Default: warnings and errors on the console. pino is one as it is. */
  readonly logger?: Logger
}

/** What {@link apiserver} takes. */
export interface ApiServerOptions extends HandlerChainOptions {
  readonly resources: readonly ResourceDefinition[]
  /** Resources that are not kept in the store, but computed or fetched from elsewhere: see `defineRestResource`. */
  readonly restResources?: readonly RestResource[]
  /** `lmdb('./data')` or `etcd({ hosts: […] })`. May be absent where `resources` is empty, as nothing is kept then. */
  readonly storage?: RevisionedKV
  /** Path prefix of all keys in the store. Default `/registry`, as Kubernetes has it. */
  readonly prefix?: string
  /**
   * Keep all objects in memory and answer reads and watches from there, linearizable ones included. Default true; without it
   * every read asks the store.
   */
  readonly watchCache?: boolean
  /**
   * How many fields and list items an object may have; more are refused with 413 before they are parsed. Default 100,000 in
   * all, 8,000 different field names and list items. A JSON patch may have 10,000 operations besides, as in Kubernetes.
   */
  readonly memberLimits?: MemberLimits
  /** Encryption at rest. */
  readonly transformer?: ValueTransformer
  readonly admission?: readonly AdmissionPlugin[]
  /** What `/version` says besides the API level. */
  readonly version?: Partial<VersionInfo>
  /** Title and version of the OpenAPI documents. */
  readonly openapi?: { readonly title?: string; readonly version?: string }
  /** Serve `/`: the list of paths. Default false. */
  readonly index?: boolean
  /** Serve `/healthz`, `/livez` and `/readyz`. Default false. */
  readonly health?: boolean
  /** Checks besides the server's own; only with {@link health}. */
  readonly healthChecks?: readonly HealthCheck[]
  /** Serve `/metrics`; with a prom-client registry, what the app counts stands beside. Default false. */
  readonly metrics?: boolean | { readonly registry: Registry }
  /** Answer every other path with Kubernetes' 404 instead of passing it on. Default false. */
  readonly notFound?: boolean
}
