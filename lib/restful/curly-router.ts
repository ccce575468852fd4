import type { IncomingMessage } from 'node:http'
import { CurlyPathParameters, fitsAffixes } from './curly-parameters.js'
import { type CurlyRoute, compileRoutes } from './curly-route.js'
import { CurlyRouteTable } from './curly-route-table.js'
import { CurlyServiceIndex } from './curly-service-index.js'
import { CurlyServiceTable } from './curly-service-table.js'
import { detectRoute, methodsOf } from './detect-route.js'
import { NO_PATH_PARAMETERS } from './path-parameters.js'
import { PathScan } from './path-scan.js'
import { tokenizePath } from './path-tokens.js'
import type { Route } from './route.js'
import type { RouteMatch, RouteSelector, RouteTable, RoutingOptions } from './route-selector.js'
import { routingError, ServiceError } from './service-error.js'
import { StrictTable } from './strict-table.js'
import { strictTemplate } from './strict-token.js'
import type { WebService } from './web-service.js'

/** How a CurlyRouter decides. */
export interface CurlyRouterOptions {
  /** Whether it decides by the stricter rules rather than by go-restful's; false by default. */
  readonly strict?: boolean
}

/**
 * Decides as go-restful's CurlyRouter (3.12.2) does: one service by the score of its root, then the most specific of
 * its routes that fits the message. Tables are indexed by token, so the number of routes hardly matters.
 *
 * With `strict` it is the router for those without a go-restful past: expressions are anchored, texts before and behind
 * a parameter are real (`v{major}`, `{name}.json`), parameters take no empty segment, a wildcard ends its template,
 * `//admin` is not `/admin`, no service hides the routes of another, and media types are weighed as RFC 9110 says.
 *
 * @example
 * new Container({ router: new CurlyRouter({ strict: true }) })
 */
export class CurlyRouter implements RouteSelector {
  readonly #strict: boolean

  constructor(options: CurlyRouterOptions = {}) {
    this.#strict = options.strict ?? false
  }

  compile<C>(services: readonly WebService<C>[], options: RoutingOptions): RouteTable<C> {
    return this.#strict ? new StrictTable(services, options) : new CurlyTable(services, options)
  }

  /** @throws RegistrationError for a template that the strict rules cannot serve. */
  check(template: string): void {
    if (this.#strict) strictTemplate(template, true)
  }
}

class CurlyTable<C> implements RouteTable<C> {
  readonly #services: readonly WebService<C>[]
  readonly #trimRightSlash: boolean
  readonly #scan = new PathScan()
  readonly #roots: CurlyServiceTable | undefined
  /** Only when the table cannot hold the roots. */
  readonly #index: CurlyServiceIndex | undefined
  readonly #routes: CurlyRouteTable<C>

  constructor(services: readonly WebService<C>[], options: RoutingOptions) {
    const roots = services.map((service) => service.rootPath())
    this.#services = services
    this.#trimRightSlash = options.trimRightSlash
    this.#roots = CurlyServiceTable.of(roots, options)
    this.#index = this.#roots === undefined ? new CurlyServiceIndex(roots, options) : undefined
    const compiled = services.map((service) => compiledRoutes(service.routes(), options))
    this.#routes = new CurlyRouteTable(compiled, options.trimRightSlash)
  }

  selectService(path: string): WebService<C> | undefined {
    return this.#services[this.#select(this.#scan.read(path, this.#trimRightSlash), true)]
  }

  selectRoute(path: string, request: IncomingMessage): RouteMatch<C> | ServiceError {
    const scan = this.#scan.read(path, this.#trimRightSlash)
    let number = this.#select(scan, false)
    if (number === -1) return notFound()
    let candidates = this.#routes.candidates(scan, number)
    if (candidates.length === 0) {
      number = this.#select(scan, true)
      candidates = number === -1 ? candidates : this.#routes.candidates(scan, number)
      if (candidates.length === 0) return notFound()
    }
    const chosen = detectCurlyRoute(candidates, request)
    if (chosen instanceof ServiceError) return chosen
    const service = this.#services[number]!
    const { route, parameters } = chosen
    if (parameters.length === 0) return { service, route, parameters: NO_PATH_PARAMETERS }
    // The reference panics on a token shorter than what its template cuts.
    if (chosen.affixes && !fitsAffixes(tokenizePath(path, this.#trimRightSlash), parameters)) return notFound()
    return { service, route, parameters: new CurlyPathParameters(path, this.#trimRightSlash, parameters) }
  }

  allowedMethods(path: string, request: IncomingMessage): readonly string[] {
    const scan = this.#scan.read(path, this.#trimRightSlash)
    const number = this.#select(scan, true)
    return number === -1 ? [] : methodsOf(this.#routes.candidates(scan, number), request)
  }

  /** @param compare see CurlyServiceTable. */
  #select(scan: PathScan, compare: boolean): number {
    if (this.#roots !== undefined) return this.#roots.select(scan, compare)
    return this.#index!.select(tokenizePath(scan.path, this.#trimRightSlash))
  }
}

// Most messages of most APIs: a route of this method that reads no body, and a client that takes anything.
function detectCurlyRoute<C>(
  candidates: readonly CurlyRoute<C>[],
  request: IncomingMessage,
): CurlyRoute<C> | ServiceError {
  const { accept } = request.headers
  if (accept === undefined || accept === '' || accept === '*/*') {
    const { method } = request
    for (let i = 0; i < candidates.length; i++) {
      const candidate = candidates[i]!
      if (!candidate.plain) break
      if (candidate.method === method) return candidate
    }
  }
  return detectRoute(candidates, request)
}

function notFound(): ServiceError {
  return routingError(404, '404: Page Not Found')
}

// A service's list of routes never changes (a new one takes its place), so what is compiled of it outlives the table.
const trimmed = new WeakMap<readonly Route<never>[], unknown>()
const untrimmed = new WeakMap<readonly Route<never>[], unknown>()

function compiledRoutes<C>(routes: readonly Route<C>[], options: RoutingOptions): readonly CurlyRoute<C>[] {
  const known = options.trimRightSlash ? trimmed : untrimmed
  const key = routes as readonly Route<never>[]
  const compiled = (known.get(key) as readonly CurlyRoute<C>[] | undefined) ?? compileRoutes(routes, options)
  known.set(key, compiled)
  return compiled
}
