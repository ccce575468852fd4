/** What a route reads or answers: the name of a definition or of a simple type, or a schema of its own. */
export type DocumentedModel = string | object

/** A parameter, as a restful route documents it. */
export interface DocumentedParameter {
  readonly name: string
  readonly kind: 'path' | 'query' | 'header' | 'body' | 'form' | 'multipart'
  readonly description: string
  readonly dataType: string
  readonly dataFormat?: string
  readonly required: boolean
  readonly allowMultiple?: boolean
  readonly uniqueItems?: boolean
}

/** An answer of a route. */
export interface DocumentedResponse {
  readonly code: number
  readonly message: string
  readonly model?: DocumentedModel
}

/** What the builders read of a route. A restful Route is one; so is any object of this shape. */
export interface DocumentedRoute {
  readonly method: string
  readonly path: string
  readonly consumes: readonly string[]
  readonly produces: readonly string[]
  readonly doc: string
  readonly operation: string
  readonly parameterDocs: readonly DocumentedParameter[]
  /** The model of the body. Without one, a body parameter is documented as any object. */
  readonly reads?: DocumentedModel | undefined
  /** The models of the answer. The first is that of a 200 when there are no `responses`. */
  readonly writes: readonly DocumentedModel[]
  readonly responses: ReadonlyMap<number, DocumentedResponse>
  readonly defaultResponse?: DocumentedResponse | undefined
  /** Entries that begin with `x-` become vendor extensions. */
  readonly metadata: ReadonlyMap<string, unknown>
  readonly extensions?: ReadonlyMap<string, unknown>
}

/** What the builders read of a web service. Its root path names its OpenAPI v3 document. */
export interface DocumentedWebService {
  rootPath(): string
  routes(): readonly DocumentedRoute[]
  /** Parameters that every route has. */
  pathParameters?(): readonly DocumentedParameter[]
}

/** Where OpenAPI says that a parameter stands. */
export function placeOf(parameter: DocumentedParameter): 'path' | 'query' | 'header' | 'body' | 'formData' {
  return parameter.kind === 'form' || parameter.kind === 'multipart' ? 'formData' : parameter.kind
}

/** Whether a parameter may come only once: OpenAPI says `uniqueItems`, and Kubernetes says it of all parameters. */
export function isSingle(parameter: DocumentedParameter): boolean {
  return parameter.uniqueItems ?? !parameter.allowMultiple
}

/** The answers of a route under the keys that OpenAPI gives them. */
export function responsesOf(route: DocumentedRoute): [code: string, response: DocumentedResponse][] {
  const { responses, writes, defaultResponse } = route
  const list = [...responses.values()].sort((a, b) => a.code - b.code)
  if (list.length === 0 && writes[0] !== undefined) list.push({ code: 200, message: 'OK', model: writes[0] })
  const byCode = list.map((response): [string, DocumentedResponse] => [String(response.code), response])
  return defaultResponse ? [...byCode, ['default', defaultResponse]] : byCode
}

/** The vendor extensions of a route: its own, and every `x-…` entry of its metadata. */
export function extensionsOf(route: DocumentedRoute): Record<`x-${string}`, unknown> {
  const entries = [...route.metadata, ...(route.extensions ?? [])]
  return Object.fromEntries(entries.filter(([key]) => key.startsWith('x-')))
}
