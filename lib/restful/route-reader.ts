import type { Model } from './model.js'
import type { ParameterData } from './parameter.js'

/** A documented answer of a route. */
export interface ResponseDoc {
  /** HTTP status code; 0 for the default answer. */
  readonly code: number
  readonly message: string
  readonly model?: Model
  /** Header fields by name with their descriptions. */
  readonly headers?: Readonly<Record<string, string>>
}

/** What may be read of a route while it serves a request or is documented. */
export interface RouteReader {
  /** HTTP method, upper case as registered. */
  readonly method: string
  /** The service's root and the route's own template as one. */
  readonly path: string
  readonly consumes: readonly string[]
  readonly produces: readonly string[]
  readonly doc: string
  readonly notes: string
  readonly operation: string
  readonly parameterDocs: readonly ParameterData[]
  /** The model of the body. */
  readonly reads: Model | undefined
  /** The models of the answer. */
  readonly writes: readonly Model[]
  /** Documented answers by status code. */
  readonly responses: ReadonlyMap<number, ResponseDoc>
  readonly defaultResponse: ResponseDoc | undefined
  /** Free facts about the route, such as its group, version, kind and action. */
  readonly metadata: ReadonlyMap<string, unknown>
  /** Vendor extensions, `x-…`. */
  readonly extensions: ReadonlyMap<string, unknown>
  readonly deprecated: boolean
}
