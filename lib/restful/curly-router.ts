import type { IncomingMessage } from 'node:http'
import { CurlyPathParameters, fitsAffixes } from './curly-parameters.js'
import { CurlyRouteIndex } from './curly-route-index.js'
import { CurlyServiceIndex } from './curly-service-index.js'
import { detectRoute, methodsOf } from './detect-route.js'
import { NO_PATH_PARAMETERS } from './path-parameters.js'
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
  readonly #options: RoutingOptions
  readonly #services: CurlyServiceIndex<C>
  /** Made when a service is first asked for; most tables have services nobody calls. */
  readonly #routes = new Map<WebService<C>, CurlyRouteIndex<C>>()

  constructor(services: readonly WebService<C>[], options: RoutingOptions) {
    this.#options = options
    this.#services = new CurlyServiceIndex(services, options)
  }

  selectService(path: string): WebService<C> | undefined {
    return this.#services.select(tokenizePath(path, this.#options.trimRightSlash))
  }

  selectRoute(path: string, request: IncomingMessage): RouteMatch<C> | ServiceError {
    const tokens = tokenizePath(path, this.#options.trimRightSlash)
    const service = this.#services.select(tokens)
    if (service === undefined) return notFound()
    const candidates = this.#routesOf(service).candidates(tokens)
    if (candidates.length === 0) return notFound()
    const chosen = detectRoute(candidates, request)
    if (chosen instanceof ServiceError) return chosen
    // The reference panics on a token shorter than what its template cuts.
    if (chosen.affixes && !fitsAffixes(tokens, chosen.parameters)) return notFound()
    const { route, parameters } = chosen
    return {
      service,
      route,
      parameters: parameters.length === 0 ? NO_PATH_PARAMETERS : new CurlyPathParameters(tokens, parameters),
    }
  }

  allowedMethods(path: string, request: IncomingMessage): readonly string[] {
    const tokens = tokenizePath(path, this.#options.trimRightSlash)
    const service = this.#services.select(tokens)
    return service === undefined ? [] : methodsOf(this.#routesOf(service).candidates(tokens), request)
  }

  #routesOf(service: WebService<C>): CurlyRouteIndex<C> {
    let index = this.#routes.get(service)
    if (index === undefined) {
      index = indexOf(service.routes(), this.#options)
      this.#routes.set(service, index)
    }
    return index
  }
}

function notFound(): ServiceError {
  return routingError(404, '404: Page Not Found')
}

// A service's list of routes never changes (a new one takes its place), so its index outlives the table.
const trimmed = new WeakMap<readonly Route<never>[], unknown>()
const untrimmed = new WeakMap<readonly Route<never>[], unknown>()

function indexOf<C>(routes: readonly Route<C>[], options: RoutingOptions): CurlyRouteIndex<C> {
  const known = options.trimRightSlash ? trimmed : untrimmed
  const key = routes as readonly Route<never>[]
  const index = (known.get(key) as CurlyRouteIndex<C> | undefined) ?? new CurlyRouteIndex(routes, options)
  known.set(key, index)
  return index
}
