import type { JSONSchema } from '../runtime/schema/types.js'
import { finish, type Steps } from '../runtime/steps.js'
import type { DocumentedParameter, DocumentedRoute } from './documented-route.js'
import { extensionsOf, isSingle, placeOf, responsesOf } from './documented-route.js'
import type {
  SwaggerDocument,
  SwaggerOperation,
  SwaggerParameter,
  SwaggerPathItem,
  SwaggerResponse,
} from './documents.js'
import { securityRequirements } from './documents.js'
import { Models } from './models.js'
import { operationIdentity } from './operation-id.js'
import { byKey, ownParameters, type PathRoutes, routesByPath } from './path-routes.js'
import { definitionV2, schemaV2 } from './schema-v2.js'
import { shareParameters } from './shared-parameters.js'
import type { OpenAPISource } from './source.js'

/**
 * The OpenAPI v2 document of a whole server.
 *
 * @throws {Error} if a route names an unknown model, has no operation, or shares its path, or within its web service its operation id, with another
 */
export function buildV2(source: OpenAPISource): SwaggerDocument {
  return finish(buildV2Steps(source))
}

/** {@link buildV2} in small steps, so that the event loop can breathe between them. */
export function* buildV2Steps(source: OpenAPISource): Steps<SwaggerDocument> {
  const models = new Models(source.definitions, schemaV2)
  const ids = new Map<string, string>()
  const items: [string, SwaggerPathItem][] = []
  for (const path of routesByPath(source.webServices)) {
    items.push([path.path, pathItem(path, models, ids)])
    yield
  }
  const shared = yield* shareParameters(items)
  const definitions: [string, JSONSchema][] = []
  for (const definition of source.definitions.reachableFrom(models.used)) {
    definitions.push([definition.name, definitionV2(definition)])
    yield
  }
  return {
    swagger: '2.0',
    info: source.info,
    paths: Object.fromEntries(byKey(shared.items)),
    definitions: Object.fromEntries(definitions),
    ...(shared.parameters.length > 0 ? { parameters: Object.fromEntries(shared.parameters) } : {}),
    ...(source.securityDefinitions
      ? { securityDefinitions: source.securityDefinitions, security: securityRequirements(source) }
      : {}),
  }
}

function pathItem(
  { service, path, routes, common }: PathRoutes,
  models: Models,
  ids: Map<string, string>,
): SwaggerPathItem {
  const operations = routes.map(([method, route]) => {
    const built = operation(path, route, common, models)
    return [method, { ...built, operationId: uniqueId(built.operationId, service, path, ids) }] as const
  })
  const parameters = common.map((doc) => parameter(doc))
  return { ...Object.fromEntries(operations), ...(parameters.length > 0 ? { parameters } : {}) }
}

/** Groups such as `foo` and `foo.k8s.io` are spelled alike in an id; like the reference's aggregator, count them up. */
function uniqueId(id: string, service: string, path: string, ids: Map<string, string>): string {
  if (ids.get(id) === service) throw new Error(`${path} has the operation id ${id} of another route`)
  let unique = id
  for (let version = 2; ids.has(unique); version++) unique = `${id}_v${version}`
  ids.set(unique, service)
  return unique
}

function operation(
  path: string,
  route: DocumentedRoute,
  common: readonly DocumentedParameter[],
  models: Models,
): SwaggerOperation {
  const where = `${route.method} ${path}`
  const { operationId, tags } = operationIdentity(route.operation, path)
  const parameters = ownParameters(route, common).map((doc) =>
    doc.kind === 'body' ? bodyParameter(doc, route, models, where) : parameter(doc),
  )
  const responses = responsesOf(route).map(([code, { message, model }]): [string, SwaggerResponse] => [
    code,
    { description: message, ...(model === undefined ? {} : { schema: models.schema(model, where) }) },
  ])
  return {
    ...(route.doc ? { description: route.doc } : {}),
    consumes: route.consumes,
    produces: route.produces,
    schemes: ['https'],
    tags,
    operationId,
    ...(parameters.length > 0 ? { parameters } : {}),
    responses: { ...Object.fromEntries(responses), '401': { description: 'Unauthorized' } },
    ...extensionsOf(route),
  }
}

/** The order of the keys counts: names of shared parameters are a hash over it. */
function parameter(doc: DocumentedParameter): SwaggerParameter {
  return {
    ...(isSingle(doc) ? { uniqueItems: true } : {}),
    type: doc.dataType || 'string',
    ...(doc.dataFormat ? { format: doc.dataFormat } : {}),
    ...(doc.description ? { description: doc.description } : {}),
    name: doc.name,
    in: placeOf(doc),
    ...(doc.required || doc.kind === 'path' ? { required: true } : {}),
  }
}

function bodyParameter(
  doc: DocumentedParameter,
  route: DocumentedRoute,
  models: Models,
  where: string,
): SwaggerParameter {
  return {
    ...(doc.description ? { description: doc.description } : {}),
    name: doc.name,
    in: 'body',
    ...(doc.required ? { required: true } : {}),
    schema: models.schema(route.reads ?? 'object', where),
  }
}
