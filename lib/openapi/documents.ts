import type { JSONSchema } from '../runtime/schema/types.js'
import type { APIKeySecurity, OpenAPISource } from './source.js'

/** The methods a path item may have, in the order in which OpenAPI names them. */
export const pathMethods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'] as const
export type PathMethod = (typeof pathMethods)[number]

interface Extensible {
  readonly [extension: `x-${string}`]: unknown
}

type SecurityRequirements = readonly Readonly<Record<string, readonly string[]>>[]

/** @see https://spec.openapis.org/oas/v2.0#parameter-object */
export interface SwaggerParameter {
  readonly uniqueItems?: boolean
  readonly type?: string
  readonly format?: string
  readonly description?: string
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly schema?: JSONSchema
}

export type SwaggerParameterOrRef = SwaggerParameter | { readonly $ref: string }

export interface SwaggerResponse {
  readonly description: string
  readonly schema?: JSONSchema
}

/** @see https://spec.openapis.org/oas/v2.0#operation-object */
export interface SwaggerOperation extends Extensible {
  readonly description?: string
  readonly consumes: readonly string[]
  readonly produces: readonly string[]
  readonly schemes: readonly string[]
  readonly tags: readonly string[]
  readonly operationId: string
  readonly parameters?: readonly SwaggerParameterOrRef[]
  readonly responses: Readonly<Record<string, SwaggerResponse>>
}

export type SwaggerPathItem = { readonly [method in PathMethod]?: SwaggerOperation } & {
  readonly parameters?: readonly SwaggerParameterOrRef[]
}

/** An OpenAPI v2 document. @see https://spec.openapis.org/oas/v2.0 */
export interface SwaggerDocument {
  readonly swagger: '2.0'
  readonly info: OpenAPISource['info']
  readonly paths: Readonly<Record<string, SwaggerPathItem>>
  readonly definitions: Readonly<Record<string, JSONSchema>>
  readonly parameters?: Readonly<Record<string, SwaggerParameter>>
  readonly securityDefinitions?: Readonly<Record<string, APIKeySecurity>>
  readonly security?: SecurityRequirements
}

export interface OpenAPIParameter {
  readonly name: string
  readonly in: string
  readonly description?: string
  readonly required?: boolean
  readonly schema: JSONSchema
}

export type OpenAPIContent = Readonly<Record<string, { readonly schema: JSONSchema }>>

/** @see https://spec.openapis.org/oas/v3.0.3#operation-object */
export interface OpenAPIOperation extends Extensible {
  readonly tags: readonly string[]
  readonly description?: string
  readonly operationId: string
  readonly parameters?: readonly OpenAPIParameter[]
  readonly requestBody?: {
    readonly description?: string
    readonly content: OpenAPIContent
    readonly required?: boolean
  }
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: OpenAPIContent }>>
}

export type OpenAPIPathItem = { readonly [method in PathMethod]?: OpenAPIOperation } & {
  readonly parameters?: readonly OpenAPIParameter[]
}

/** An OpenAPI v3 document. @see https://spec.openapis.org/oas/v3.0.3 */
export interface OpenAPIDocument {
  readonly openapi: '3.0.0'
  readonly info: OpenAPISource['info']
  readonly paths: Readonly<Record<string, OpenAPIPathItem>>
  readonly components: {
    readonly schemas: Readonly<Record<string, JSONSchema>>
    readonly securitySchemes?: Readonly<Record<string, APIKeySecurity>>
  }
  readonly security?: SecurityRequirements
}

/** Every request needs each of these. */
export function securityRequirements(source: OpenAPISource): SecurityRequirements {
  return Object.keys(source.securityDefinitions ?? {}).map((name) => ({ [name]: [] }))
}
