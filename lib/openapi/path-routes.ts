import { compareText } from '../meta/compare-text.js'
import type { DocumentedParameter, DocumentedRoute, DocumentedWebService } from './documented-route.js'
import { type PathMethod, pathMethods } from './documents.js'

/** The routes of one path, and what they have in common. */
export interface PathRoutes {
  /** The root path of the web service. */
  readonly service: string
  /** As OpenAPI writes it: variables without their pattern. */
  readonly path: string
  readonly routes: readonly (readonly [method: PathMethod, route: DocumentedRoute])[]
  /** The parameters that every route of the path or of the service has, bodies apart: documented once, on the path. */
  readonly common: readonly DocumentedParameter[]
}

/**
 * The routes of web services, path by path.
 *
 * @throws {Error} if two web services share a path, or a route has a parameter twice
 */
export function* routesByPath(services: readonly DocumentedWebService[]): Generator<PathRoutes> {
  const seen = new Set<string>()
  for (const service of services) {
    for (const [path, routes] of groupByPath(service.routes())) {
      if (seen.has(path)) throw new Error(`${path} is served by two web services`)
      seen.add(path)
      yield {
        service: service.rootPath(),
        path,
        routes: byMethod(routes),
        common: sortParameters(commonParameters(routes, service.pathParameters?.() ?? [])),
      }
    }
  }
}

/** The parameters of a route that its path does not document, sorted by name and place. */
export function ownParameters(route: DocumentedRoute, common: readonly DocumentedParameter[]): DocumentedParameter[] {
  const shared = new Set(common.map(parameterKey))
  return sortParameters(parametersOf(route).filter((parameter) => !shared.has(parameterKey(parameter))))
}

/** A route has one body: naming its model adds a parameter for it, before which a better documented one may stand. */
function parametersOf(route: DocumentedRoute): readonly DocumentedParameter[] {
  const body = route.parameterDocs.find((parameter) => parameter.kind === 'body')
  return route.parameterDocs.filter((parameter) => parameter.kind !== 'body' || parameter === body)
}

/** Metadata of a route that serves what another one documents. */
export const UNDOCUMENTED = 'undocumented'

function groupByPath(routes: readonly DocumentedRoute[]): Map<string, DocumentedRoute[]> {
  const groups = new Map<string, DocumentedRoute[]>()
  for (const route of routes) {
    if (route.metadata.get(UNDOCUMENTED) === true) continue
    const path = documentedPath(route.path)
    const group = groups.get(path)
    if (group) group.push(route)
    else groups.set(path, [route])
  }
  return groups
}

/** `/a/{id:[0-9]+}/{path:*}` as OpenAPI writes it: `/a/{id}/{path}`. */
function documentedPath(path: string): string {
  return path
    .split('/')
    .map((part) => (part.startsWith('{') && part.includes(':') ? `${part.slice(0, part.indexOf(':'))}}` : part))
    .join('/')
}

function byMethod(routes: readonly DocumentedRoute[]): PathRoutes['routes'] {
  const methods = new Map(routes.map((route) => [route.method.toLowerCase(), route]))
  return pathMethods.flatMap((method) => {
    const route = methods.get(method)
    return route ? [[method, route] as const] : []
  })
}

function commonParameters(
  routes: readonly DocumentedRoute[],
  ofService: readonly DocumentedParameter[],
): DocumentedParameter[] {
  const counts = new Map<string, { parameter: DocumentedParameter; count: number }>()
  for (const route of routes) {
    const own = new Set<string>()
    for (const parameter of parametersOf(route)) {
      const key = parameterKey(parameter)
      if (own.has(key)) throw new Error(`${route.method} ${route.path} has the parameter ${parameter.name} twice`)
      own.add(key)
      counts.set(key, { parameter, count: (counts.get(key)?.count ?? 0) + 1 })
    }
  }
  const everywhere = [...counts.values()].filter((entry) => entry.count === routes.length)
  const common = everywhere.map((entry) => entry.parameter).filter((parameter) => parameter.kind !== 'body')
  const known = new Set(common.map(parameterKey))
  return [...common, ...ofService.filter((parameter) => !known.has(parameterKey(parameter)))]
}

/** Entries sorted by their key, so that a document and its hash do not depend on the order of registration. */
export function byKey<E extends readonly [string, unknown]>(entries: readonly E[]): E[] {
  return [...entries].sort(([a], [b]) => compareText(a, b))
}

function parameterKey(parameter: DocumentedParameter): string {
  return `${parameter.kind} ${parameter.name}`
}

function sortParameters(parameters: readonly DocumentedParameter[]): DocumentedParameter[] {
  return [...parameters].sort((a, b) => compareText(a.name, b.name) || compareText(a.kind, b.kind))
}
