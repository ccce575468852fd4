import type { OpenAPIDefinitions } from './definitions.js'
import type { DocumentedWebService } from './documented-route.js'

/** How clients prove who they are, as OpenAPI v2 and v3 both say it for a header. */
export interface APIKeySecurity {
  readonly type: 'apiKey'
  readonly name: string
  readonly in: 'header' | 'query'
  readonly description?: string
}

/** What documents are built from. */
export interface OpenAPISource {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string }
  /** Each becomes one OpenAPI v3 document, named after its root path; OpenAPI v2 joins them all. */
  readonly webServices: readonly DocumentedWebService[]
  readonly definitions: OpenAPIDefinitions
  /** By name. Kubernetes has one: {@link bearerToken} as `BearerToken`. Default: none. */
  readonly securityDefinitions?: Readonly<Record<string, APIKeySecurity>>
}

/** Kubernetes' security definition, under the name `BearerToken`. */
export const bearerToken: APIKeySecurity = {
  type: 'apiKey',
  name: 'authorization',
  in: 'header',
  description: 'Bearer Token authentication',
}
