import type { ParameterData } from '../parameter.js'
import type { ResponseDoc } from '../route-reader.js'
import type { ApiInfo } from './api-info.js'
import { type DocumentedRoute, type DocumentedService, documentedRoutes } from './documented-routes.js'
import { clean, extensionsOf, parameterSchema } from './parameter-schema.js'
import { type Schema, SchemaCollector } from './schema.js'

const JSON_TYPE = 'application/json'
const FORM_TYPE = 'application/x-www-form-urlencoded'
const MULTIPART_TYPE = 'multipart/form-data'

/** The OpenAPI 3.1 document of services. @internal */
export function openApiV3(services: readonly DocumentedService[], info: ApiInfo, server: string): Schema {
  const schemas = new SchemaCollector(info.models ?? {})
  const paths = new Map<string, Record<string, Schema>>()
  for (const each of documentedRoutes(services)) {
    const item = paths.get(each.path) ?? {}
    item[each.method] = operation(each, schemas)
    paths.set(each.path, item)
  }
  const named = schemas.named()
  return clean({
    openapi: '3.1.0',
    info: clean({ title: info.title, version: info.version, description: info.description }),
    servers: (info.servers ?? [server || '/']).map((url) => ({ url })),
    tags: info.tags?.map((tag) => clean({ ...tag })),
    paths: Object.fromEntries(paths),
    components: named.size === 0 ? undefined : { schemas: Object.fromEntries(named) },
  })
}

function operation({ route, operationId, tags, parameters }: DocumentedRoute, schemas: SchemaCollector): Schema {
  const plain = parameters.filter(({ kind }) => kind === 'path' || kind === 'query' || kind === 'header')
  return clean({
    operationId,
    summary: route.doc,
    description: route.notes,
    tags: tags.length > 0 ? tags : undefined,
    deprecated: route.deprecated || undefined,
    parameters: plain.length > 0 ? plain.map(parameter) : undefined,
    requestBody: requestBody(parameters, route.consumes, schemas),
    responses: responses(route, schemas),
    ...extensionsOf(route.extensions),
  })
}

function parameter(data: ParameterData): Schema {
  return clean({
    name: data.name,
    in: data.kind,
    description: data.description,
    required: data.kind === 'path' || data.required || undefined,
    allowEmptyValue: data.kind === 'query' ? data.allowEmptyValue : undefined,
    ...(data.allowMultiple && data.kind === 'query' ? styleOf(data) : {}),
    schema: parameterSchema(data),
    ...extensionsOf(data.extensions),
  })
}

function styleOf({ collectionFormat }: ParameterData): Schema {
  switch (collectionFormat) {
    case 'multi':
      return { style: 'form', explode: true }
    case 'ssv':
      return { style: 'spaceDelimited', explode: false }
    case 'pipes':
      return { style: 'pipeDelimited', explode: false }
    default:
      return { style: 'form', explode: false }
  }
}

function requestBody(
  parameters: readonly ParameterData[],
  consumes: readonly string[],
  schemas: SchemaCollector,
): Schema | undefined {
  const body = parameters.find(({ kind }) => kind === 'body')
  if (body !== undefined) {
    const schema = schemas.schemaOf(body.model ?? (body.dataType || 'object'))
    const types = consumes.length > 0 ? consumes : [JSON_TYPE]
    return clean({
      description: body.description,
      required: body.required || undefined,
      content: content(types, schema),
    })
  }
  const fields = parameters.filter(({ kind }) => kind === 'form' || kind === 'multipart')
  if (fields.length === 0) return undefined
  const required = fields.filter((each) => each.required).map(({ name }) => name)
  const schema = clean({
    type: 'object',
    properties: Object.fromEntries(fields.map((each) => [each.name, fieldSchema(each)])),
    required: required.length > 0 ? required : undefined,
  })
  const multipart = fields.some(({ kind }) => kind === 'multipart')
  return { content: content([multipart ? MULTIPART_TYPE : FORM_TYPE], schema) }
}

function fieldSchema(data: ParameterData): Schema {
  if (data.dataType === 'file') return clean({ type: 'string', format: 'binary', description: data.description })
  return clean({ ...parameterSchema(data), description: data.description })
}

function responses(route: DocumentedRoute['route'], schemas: SchemaCollector): Schema {
  const documented = new Map<string, Schema>()
  for (const doc of route.responses.values()) documented.set(String(doc.code), response(doc, route.produces, schemas))
  if (route.defaultResponse !== undefined)
    documented.set('default', response(route.defaultResponse, route.produces, schemas))
  const [model] = route.writes
  if (model !== undefined && !documented.has('200')) {
    const all =
      route.writes.length === 1
        ? schemas.schemaOf(model)
        : { oneOf: route.writes.map((each) => schemas.schemaOf(each)) }
    documented.set('200', { description: 'OK', content: content(typesOf(route.produces), all) })
  }
  if (documented.size === 0) documented.set('200', { description: 'OK' })
  return Object.fromEntries(documented)
}

function response(
  { message, model, headers }: ResponseDoc,
  produces: readonly string[],
  schemas: SchemaCollector,
): Schema {
  const described = Object.entries(headers ?? {}).map(([name, description]) => [
    name,
    { description, schema: { type: 'string' } },
  ])
  return clean({
    // The one member that must be there.
    description: message || 'OK',
    headers: described.length > 0 ? Object.fromEntries(described) : undefined,
    content: model === undefined ? undefined : content(typesOf(produces), schemas.schemaOf(model)),
  })
}

function typesOf(produces: readonly string[]): readonly string[] {
  return produces.length > 0 ? produces : [JSON_TYPE]
}

function content(types: readonly string[], schema: Schema): Schema {
  return Object.fromEntries(types.map((type) => [type, { schema }]))
}
