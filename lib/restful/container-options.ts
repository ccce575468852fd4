import type { CompressorProvider } from './compressor-provider.js'
import { DEFAULT_SETTINGS, defaultAccessors, type EntitySettings } from './entity-settings.js'
import type { RecoverHandler, ServiceErrorHandler } from './error-handlers.js'
import type { RouteSelector } from './route-selector.js'
import type { TraceLogger } from './trace.js'

/** How a container is set up; every field has a default. */
export interface ContainerOptions<C = unknown> {
  /** How requests find their routes; a CurlyRouter by default. */
  readonly router?: RouteSelector
  /** Whether slashes at the end of a path do not count; true by default. */
  readonly trimRightSlash?: boolean
  /** Whether what filters and functions throw is left to the caller of `dispatch`; false by default. */
  readonly doNotRecover?: boolean
  /** Whether JSON answers are indented; false by default. */
  readonly prettyPrint?: boolean
  readonly serviceErrorHandler?: ServiceErrorHandler<C>
  readonly recoverHandler?: RecoverHandler<C>
  /** Bytes of a request body, inflated, that are read; 3 MiB by default. More is answered with 413. */
  readonly bodyLimit?: number
  /** Media type that bodies are read as when nobody reads their own, or they have none; none by default. */
  readonly defaultRequestContentType?: string
  /** Media type of entities when the route names none that can be written; none by default. */
  readonly defaultResponseContentType?: string
  /** Whether answers are compressed for clients that accept it; false by default. A route may say otherwise. */
  readonly contentEncodingEnabled?: boolean
  /** Where compressors come from; a new one for each answer by default. */
  readonly compressorProvider?: CompressorProvider
  /** Told where each request goes and why; nobody by default. */
  readonly traceLogger?: TraceLogger
}

/** What a caller may already know about a request. */
export interface DispatchOptions<C = unknown> {
  /** The percent-decoded path to route on; that of `req.url` by default. */
  readonly path?: string
  /** What filters and functions read as `request.context`. */
  readonly context?: C
}

/** What a container tells its requests and answers. @internal */
export function settingsOf(options: ContainerOptions<never>): EntitySettings {
  return {
    accessors: defaultAccessors(),
    bodyLimit: options.bodyLimit ?? DEFAULT_SETTINGS.bodyLimit,
    defaultRequestContentType: options.defaultRequestContentType ?? '',
    defaultResponseContentType: options.defaultResponseContentType ?? '',
    prettyPrint: options.prettyPrint ?? false,
    compressors: options.compressorProvider ?? DEFAULT_SETTINGS.compressors,
  }
}
