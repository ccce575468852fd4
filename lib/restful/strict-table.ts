import type { IncomingMessage } from 'node:http'
import { methodsOf } from './detect-route.js'
import { NO_PATH_PARAMETERS } from './path-parameters.js'
import { joinPath } from './path-tokens.js'
import type { Route } from './route.js'
import type { RouteMatch, RouteTable, RoutingOptions } from './route-selector.js'
import { routingError, ServiceError } from './service-error.js'
import { strictDetectRoute } from './strict-detect-route.js'
import { type StrictEntry, StrictIndex } from './strict-index.js'
import { StrictPathParameters } from './strict-parameters.js'
import { strictTemplate, strictTokens } from './strict-token.js'
import type { WebService } from './web-service.js'

interface StrictService<C> extends StrictEntry {
  readonly service: WebService<C>
}

interface StrictRoute<C> extends StrictService<C> {
  readonly route: Route<C>
  /** Whether its template has no parameters. */
  readonly plain: boolean
}

/** The routes of all services in one index of whole paths, so that no service hides the routes of another. */
export class StrictTable<C> implements RouteTable<C> {
  readonly #trimRightSlash: boolean
  readonly #services: StrictIndex<StrictService<C>>
  readonly #routes: StrictIndex<StrictRoute<C>>

  /** @throws RegistrationError for a template the strict router cannot serve. */
  constructor(services: readonly WebService<C>[], { trimRightSlash }: RoutingOptions) {
    this.#trimRightSlash = trimRightSlash
    const roots = services.map((service) => ({
      tokens: strictTemplate(service.rootPath(), trimRightSlash),
      service,
    }))
    this.#services = new StrictIndex(roots, true)
    this.#routes = new StrictIndex(
      services.flatMap((service) => routesOf(service, trimRightSlash)),
      false,
    )
  }

  selectService(path: string): WebService<C> | undefined {
    return this.#services.find(strictTokens(path, this.#trimRightSlash))[0]?.service
  }

  allowedMethods(path: string, request: IncomingMessage): readonly string[] {
    return methodsOf(this.#routes.find(strictTokens(path, this.#trimRightSlash)), request)
  }

  selectRoute(path: string, request: IncomingMessage): RouteMatch<C> | ServiceError {
    const segments = strictTokens(path, this.#trimRightSlash)
    const found = this.#routes.find(segments)
    if (found.length === 0) return routingError(404, '404: Page Not Found')
    const chosen = strictDetectRoute(found, request)
    if (chosen instanceof ServiceError) return chosen
    const { service, plain, route, tokens } = chosen
    return { service, route, parameters: plain ? NO_PATH_PARAMETERS : new StrictPathParameters(segments, tokens) }
  }
}

function routesOf<C>(service: WebService<C>, trimRightSlash: boolean): StrictRoute<C>[] {
  return service.routes().map((route) => {
    const path = trimRightSlash ? route.path : joinPath(route.rootPath, route.relativePath, trimRightSlash)
    const tokens = strictTemplate(path, trimRightSlash)
    const plain = tokens.every((token) => token.kind === 'text')
    return { tokens, route: route.at(path), service, plain }
  })
}
