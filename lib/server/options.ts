import type { AdmissionPlugin } from '../admission/index.js'
import type { VersionInfo } from '../endpoints/index.js'
import type { RevisionedKV, ValueTransformer } from '../storage/index.js'
import type { ResourceDefinition } from './define-resource.js'
import type { InFlightLimits } from './filters/max-in-flight.js'

/** Where the server says what people should know; `console` is one. */
export interface Logger {
  info(message: string): void
  warn(message: string): void
  error(message: string, err?: unknown): void
}

/** What {@link apiserver} takes. */
export interface ApiServerOptions extends InFlightLimits {
  readonly resources: readonly ResourceDefinition[]
  /** `lmdb('./data')` or `etcd({ hosts: […] })`. */
  readonly storage: RevisionedKV
  /** Path prefix of all keys in the store. Default `/registry`, as Kubernetes has it. */
  readonly prefix?: string
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
  /** Serve `/metrics`. Default false. */
  readonly metrics?: boolean
  /** Answer every other path with Kubernetes' 404 instead of passing it on. Default false. */
  readonly notFound?: boolean
  /** Default: warnings and errors on the console. */
  readonly logger?: Logger
}
