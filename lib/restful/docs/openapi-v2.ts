import type { ParameterData } from '../parameter.js'
import type { ResponseDoc } from '../route-reader.js'
import type { ApiInfo } from './api-info.js'
import { type DocumentedRoute, type DocumentedService, documentedRoutes } from './documented-routes.js'
import { clean, extensionsOf, parameterSchema } from './parameter-schema.js'
import { COMPONENTS, type Schema, SchemaCollector } from './schema.js'

/** The OpenAPI 2.0 (Swagger) document of services. TRACE, which it does not know, is left out. @internal */
export function openApiV2(services: readonly DocumentedService[], info: ApiInfo, server: string): Schema {
  const schemas = new SchemaCollector(info.models ?? {})
  const paths = new Map<string, Record<string, Schema>>()
  for (const each of documentedRoutes(services)) {
    if (each.method === 'trace') continue
    const item = paths.get(each.path) ?? {}
    item[each.method] = operation(each, schemas)
    paths.set(each.path, item)
  }
  const named = [...schemas.named()].map(([name, schema]) => [name, toV2(schema)])
  return clean({
    swagger: '2.0',
    info: clean({ title: info.title, version: info.version, description: info.description }),
    ...serverOf(info.servers?.[0] ?? server),
    tags: info.tags?.map((tag) => clean({ ...tag })),
    paths: Object.fromEntries(paths),
    definitions: named.length === 0 ? undefined : Object.fromEntries(named),
  })
}

function serverOf(url: string): Schema {
  if (!URL.canParse(url)) return { basePath: url || '/' }
  const { host, pathname, protocol } = new URL(url)
  return { host, basePath: pathname, schemes: [protocol.slice(0, -1)] }
}

function operation({ route, operationId, tags, parameters }: DocumentedRoute, schemas: SchemaCollector): Schema {
  const form = parameters.some(({ kind }) => kind === 'form' || kind === 'multipart')
  return clean({
    operationId,
    summary: route.doc,
    description: route.notes,
    tags: tags.length > 0 ? tags : undefined,
    deprecated: route.deprecated || undefined,
    consumes: form ? [formType(parameters)] : listed(route.consumes),
    produces: listed(route.produces),
    parameters: parameters.length > 0 ? parameters.map((each) => parameter(each, schemas)) : undefined,
    responses: responses(route, schemas),
    ...extensionsOf(route.extensions),
  })
}

function listed(types: readonly string[]): readonly string[] | undefined {
  return types.length > 0 ? types : undefined
}

function formType(parameters: readonly ParameterData[]): string {
  const multipart = parameters.some(({ kind }) => kind === 'multipart')
  return multipart ? 'multipart/form-data' : 'application/x-www-form-urlencoded'
}

function parameter(data: ParameterData, schemas: SchemaCollector): Schema {
  const common = { name: data.name, description: data.description, ...extensionsOf(data.extensions) }
  if (data.kind === 'body') {
    const schema = toV2(schemas.schemaOf(data.model ?? (data.dataType || 'object')))
    return clean({ ...common, in: 'body', required: data.required || undefined, schema })
  }
  const kind = data.kind === 'form' || data.kind === 'multipart' ? 'formData' : data.kind
  return clean({
    ...common,
    in: kind,
    required: kind === 'path' || data.required || undefined,
    allowEmptyValue: kind === 'query' || kind === 'formData' ? data.allowEmptyValue : undefined,
    collectionFormat: data.allowMultiple ? data.collectionFormat : undefined,
    ...parameterSchema(data),
  })
}

function responses(route: DocumentedRoute['route'], schemas: SchemaCollector): Schema {
  const documented = new Map<string, Schema>()
  for (const doc of route.responses.values()) documented.set(String(doc.code), response(doc, schemas))
  if (route.defaultResponse !== undefined) documented.set('default', response(route.defaultResponse, schemas))
  const [model] = route.writes
  if (model !== undefined && !documented.has('200')) {
    // This version knows no alternatives: several models are any object.
    const schema = route.writes.length === 1 ? toV2(schemas.schemaOf(model)) : { type: 'object' }
    documented.set('200', { description: 'OK', schema })
  }
  if (documented.size === 0) documented.set('200', { description: 'OK' })
  return Object.fromEntries(documented)
}

function response({ message, model, headers }: ResponseDoc, schemas: SchemaCollector): Schema {
  const described = Object.entries(headers ?? {}).map(([name, description]) => [name, { description, type: 'string' }])
  return clean({
    description: message || 'OK',
    headers: described.length > 0 ? Object.fromEntries(described) : undefined,
    schema: model === undefined ? undefined : toV2(schemas.schemaOf(model)),
  })
}

// Keywords of JSON Schema that OpenAPI 2.0 does not know.
const UNKNOWN = new Set([
  'oneOf',
  'anyOf',
  'not',
  'if',
  'then',
  'else',
  'examples',
  '$schema',
  '$id',
  '$defs',
  'patternProperties',
])

/** A schema in the words of OpenAPI 2.0; what it has no word for is left out. */
function toV2(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(toV2)
  if (typeof schema !== 'object' || schema === null) return schema
  const members = Object.entries(schema).filter(([keyword]) => !UNKNOWN.has(keyword))
  return Object.assign({}, ...members.map(([keyword, value]) => keywordToV2(keyword, value)))
}

function keywordToV2(keyword: string, value: unknown): Schema {
  if (keyword === '$ref' && typeof value === 'string') return { $ref: value.replace(COMPONENTS, '#/definitions/') }
  if (keyword === 'const') return { enum: [value] }
  // Names of properties are no keywords, whatever they are called.
  if (keyword === 'properties' && typeof value === 'object' && value !== null)
    return { properties: Object.fromEntries(Object.entries(value).map(([name, each]) => [name, toV2(each)])) }
  if (keyword !== 'type' || !Array.isArray(value)) return { [keyword]: toV2(value) }
  const types = value.filter((type) => type !== 'null')
  return { ...(types.length === 1 && { type: types[0] }), ...(types.length < value.length && { 'x-nullable': true }) }
}
