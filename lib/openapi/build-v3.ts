import type { JSONSchema } from '../runtime/schema/types.js'
import { finish, type Steps } from '../runtime/steps.js'
import type { DocumentedParameter, DocumentedRoute, DocumentedWebService } from './documented-route.js'
import { extensionsOf, isSingle, placeOf, responsesOf } from './documented-route.js'
import type {
  OpenAPIContent,
  OpenAPIDocument,
  OpenAPIOperation,
  OpenAPIParameter,
  OpenAPIPathItem,
} from './documents.js'
import { securityRequirements } from './documents.js'
import { Models } from './models.js'
import { operationIdentity } from './operation-id.js'
import { byKey, ownParameters, type PathRoutes, routesByPath } from './path-routes.js'
import { definitionV3, schemaV3 } from './schema-v3.js'
import type { OpenAPISource } from './source.js'

/**
 * The OpenAPI v3 document of one web service, that is of one group version, one group, or `/version`.
 *
 * @throws {Error} if a route names an unknown model or has no operation
 */
export function buildV3(source: OpenAPISource, service: DocumentedWebService): OpenAPIDocument {
  return finish(buildV3Steps(source, service))
}

/** {@link buildV3} in small steps, so that the event loop can breathe between them. */
export function* buildV3Steps(source: OpenAPISource, service: DocumentedWebService): Steps<OpenAPIDocument> {
  const models = new Models(source.definitions, schemaV3)
  const items: [string, OpenAPIPathItem][] = []
  for (const path of routesByPath([service])) {
    items.push([path.path, pathItem(path, models)])
    yield
  }
  const schemas: [string, JSONSchema][] = []
  for (const definition of source.definitions.reachableFrom(models.used)) {
    schemas.push([definition.name, definitionV3(definition)])
    yield
  }
  const { securityDefinitions } = source
  return {
    openapi: '3.0.0',
    info: source.info,
    paths: Object.fromEntries(byKey(items)),
    components: {
      schemas: Object.fromEntries(schemas),
      ...(securityDefinitions ? { securitySchemes: securityDefinitions } : {}),
    },
    ...(securityDefinitions ? { security: securityRequirements(source) } : {}),
  }
}

/** The name under which the v3 index lists a web service: its root path without the slashes around it. */
export function documentNameV3(service: DocumentedWebService): string {
  return service.rootPath().split('/').filter(Boolean).join('/')
}

/** The v3 index: each document's path, and its hash, by which clients cache it for good. */
export interface OpenAPIIndex {
  readonly paths: Readonly<Record<string, { readonly serverRelativeURL: string }>>
}

/** The index of documents, given the hash (upper-case hexadecimal SHA-512) of each by name. */
export function buildIndexV3(hashes: ReadonlyMap<string, string>): OpenAPIIndex {
  const paths = [...hashes].map(([name, hash]) => [name, { serverRelativeURL: hashedPathV3(name, hash) }] as const)
  return { paths: Object.fromEntries(byKey(paths)) }
}

/** Where a v3 document stands, with its hash. */
export function hashedPathV3(name: string, hash: string): string {
  return `/openapi/v3/${name.split('/').map(encodeURIComponent).join('/')}?hash=${hash}`
}

function pathItem({ path, routes, common }: PathRoutes, models: Models): OpenAPIPathItem {
  const operations = routes.map(([method, route]) => [method, operation(path, route, common, models)] as const)
  const parameters = common.map(parameter)
  return { ...Object.fromEntries(operations), ...(parameters.length > 0 ? { parameters } : {}) }
}

function operation(
  path: string,
  route: DocumentedRoute,
  common: readonly DocumentedParameter[],
  models: Models,
): OpenAPIOperation {
  const where = `${route.method} ${path}`
  const { operationId, tags } = operationIdentity(route.operation, path)
  const own = ownParameters(route, common)
  const body = own.find((doc) => doc.kind === 'body')
  const parameters = own.filter((doc) => doc !== body).map(parameter)
  const responses = responsesOf(route).map(([code, { message, model }]) => {
    const described = { description: message }
    if (model === undefined) return [code, described] as const
    return [code, { ...described, content: content(route.produces, models.schema(model, where)) }] as const
  })
  return {
    tags,
    ...(route.doc ? { description: route.doc } : {}),
    operationId,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: requestBody(body, route, models.schema(route.reads ?? 'object', where)) } : {}),
    responses: { ...Object.fromEntries(responses), '401': { description: 'Unauthorized' } },
    ...extensionsOf(route),
  }
}

function requestBody(
  doc: DocumentedParameter,
  route: DocumentedRoute,
  schema: JSONSchema,
): NonNullable<OpenAPIOperation['requestBody']> {
  return {
    ...(doc.description ? { description: doc.description } : {}),
    content: content(route.consumes, schema),
    ...(doc.required ? { required: true } : {}),
  }
}

function content(mediaTypes: readonly string[], schema: JSONSchema): OpenAPIContent {
  return Object.fromEntries(mediaTypes.map((mediaType) => [mediaType, { schema }]))
}

function parameter(doc: DocumentedParameter): OpenAPIParameter {
  if (placeOf(doc) === 'formData')
    throw new Error(`the parameter ${doc.name} is of a form, which is not documented in v3`)
  const type = (doc.dataType || 'string') as NonNullable<JSONSchema['type']>
  return {
    name: doc.name,
    in: placeOf(doc),
    ...(doc.description ? { description: doc.description } : {}),
    ...(doc.required || doc.kind === 'path' ? { required: true } : {}),
    schema: {
      type,
      ...(doc.dataFormat ? { format: doc.dataFormat } : {}),
      ...(isSingle(doc) ? { uniqueItems: true } : {}),
    },
  }
}
