import type { ParameterData } from '../parameter.js'
import type { RouteReader } from '../route-reader.js'
import { documentedPath } from './documented-path.js'

/** A service as far as its documentation goes; every WebService is one. */
export interface DocumentedService {
  rootPath(): string
  routes(): readonly RouteReader[]
  pathParameters(): readonly ParameterData[]
}

/** A route as a document shows it, the same for all versions of OpenAPI. */
export interface DocumentedRoute {
  readonly path: string
  /** Lower case. */
  readonly method: string
  readonly operationId: string
  readonly tags: readonly string[]
  readonly route: RouteReader
  /** Those of the route before those of the service; every parameter of the path is among them. */
  readonly parameters: readonly ParameterData[]
}

// What a path item can say (OpenAPI 3.1, 4.8.9); other methods are served, and not shown.
const METHODS = new Set(['GET', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'TRACE'])

/** Metadata of a route that groups operations: a name or several. As in go-restful's OpenAPI package. */
export const TAGS_METADATA = 'openapi.tags'

/** The routes of services by their paths, each path and method once: the first registered. */
export function documentedRoutes(services: readonly DocumentedService[]): DocumentedRoute[] {
  const seen = new Set<string>()
  const ids = new Set<string>()
  const documented: DocumentedRoute[] = []
  for (const service of services) {
    for (const route of service.routes()) {
      const { path, parameters } = documentedPath(route.path)
      const key = `${route.method} ${path}`
      if (!METHODS.has(route.method) || seen.has(key)) continue
      seen.add(key)
      documented.push({
        path,
        method: route.method.toLowerCase(),
        operationId: uniqueId(route.operation, ids),
        tags: tagsOf(route, service),
        route,
        parameters: parametersOf(route, service, parameters),
      })
    }
  }
  return documented
}

// Two routes may be served by one function, and an id names one operation.
function uniqueId(wanted: string, ids: Set<string>): string {
  let id = wanted
  for (let n = 2; ids.has(id); n++) id = `${wanted}${n}`
  ids.add(id)
  return id
}

function tagsOf(route: RouteReader, service: DocumentedService): readonly string[] {
  const tags = route.metadata.get(TAGS_METADATA)
  if (typeof tags === 'string') return [tags]
  if (Array.isArray(tags)) return tags.filter((each) => typeof each === 'string')
  return [service.rootPath()]
}

function parametersOf(
  route: RouteReader,
  service: DocumentedService,
  inPath: ReadonlyMap<string, string | undefined>,
): ParameterData[] {
  const chosen = new Map<string, ParameterData>()
  for (const each of [...route.parameterDocs, ...service.pathParameters()]) {
    const key = `${each.kind} ${each.name}`
    // A parameter that the path does not have is no part of the operation.
    if (chosen.has(key) || (each.kind === 'path' && !inPath.has(each.name))) continue
    chosen.set(key, withPattern(each, inPath))
  }
  for (const name of inPath.keys()) {
    const key = `path ${name}`
    const bare: ParameterData = { name, kind: 'path', description: '', dataType: 'string', required: true }
    if (!chosen.has(key)) chosen.set(key, withPattern(bare, inPath))
  }
  return [...chosen.values()]
}

function withPattern(data: ParameterData, inPath: ReadonlyMap<string, string | undefined>): ParameterData {
  const pattern = data.kind === 'path' ? inPath.get(data.name) : undefined
  return pattern === undefined || data.pattern !== undefined ? data : { ...data, pattern }
}
