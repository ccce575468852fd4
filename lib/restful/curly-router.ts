import type { IncomingMessage } from 'node:http'
import { type CurlyParameter, CurlyPathParameters, fitsAffixes } from './curly-parameters.js'
import type { CurlyRoute } from './curly-route.js'
import { CurlyRouteTable } from './curly-route-table.js'
import { CurlyServiceIndex } from './curly-service-index.js'
import { CurlyServiceTable } from './curly-service-table.js'
import { detectRoute, methodsOf } from './detect-route.js'
import { NO_PATH_PARAMETERS, type PathParameters } from './path-parameters.js'
import { PathScan } from './path-scan.js'
import { tokenizePath } from './path-tokens.js'
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
  check(template: string, { trimRightSlash }: RoutingOptions): void {
    if (this.#strict) strictTemplate(template, trimRightSlash)
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
    this.#routes = new CurlyRouteTable(services, this.#roots, options)
  }

  selectService(path: string): WebService<C> | undefined {
    return this.#services[this.#select(this.#scan.read(path, this.#trimRightSlash))]
  }

  selectRoute(path: string, request: IncomingMessage): RouteMatch<C> | ServiceError {
    const scan = this.#scan.read(path, this.#trimRightSlash)
    const direct = takesAnything(request) ? this.#direct(scan, request.method ?? '') : undefined
    if (direct !== undefined) return direct
    const number = this.#select(scan)
    const candidates = number === -1 ? [] : this.#routes.candidates(scan, number)
    if (candidates.length === 0) return notFound()
    const chosen = detectRoute(candidates, request)
    if (chosen instanceof ServiceError) return chosen
    // A condition may have asked for another path meanwhile.
    return this.#match(scan.read(path, this.#trimRightSlash), chosen, number)
  }

  allowedMethods(path: string, request: IncomingMessage): readonly string[] {
    const scan = this.#scan.read(path, this.#trimRightSlash)
    const number = this.#select(scan)
    return number === -1 ? [] : methodsOf(this.#routes.candidates(scan, number), request)
  }

  #direct(scan: PathScan, method: string): RouteMatch<C> | undefined {
    const { direct } = this.#routes
    const place = direct.find(scan, method)
    if (place === -1) return undefined
    const parameters = this.#parameters(scan, direct.parameters(place))
    return { service: this.#services[direct.service(place)]!, route: direct.route(place), parameters }
  }

  #match(scan: PathScan, { route, parameters, affixes }: CurlyRoute<C>, number: number): RouteMatch<C> | ServiceError {
    // The reference panics on a token shorter than what its template cuts.
    if (affixes && !fitsAffixes(tokenizePath(scan.path, this.#trimRightSlash), parameters)) return notFound()
    return { service: this.#services[number]!, route, parameters: this.#parameters(scan, parameters) }
  }

  #parameters(scan: PathScan, parameters: readonly CurlyParameter[]): PathParameters {
    if (parameters.length === 0) return NO_PATH_PARAMETERS
    return new CurlyPathParameters(scan, this.#trimRightSlash, parameters)
  }

  #select(scan: PathScan): number {
    if (this.#roots !== undefined) return this.#roots.select(scan)
    return this.#index!.select(tokenizePath(scan.path, this.#trimRightSlash))
  }
}

// Nothing but its method and path decides about such a message.
function takesAnything({ headers }: IncomingMessage): boolean {
  const { accept } = headers
  return (accept === undefined || accept === '' || accept === '*/*') && headers['content-type'] === undefined
}

function notFound(): ServiceError {
  return routingError(404, '404: Page Not Found')
}
