import type { IncomingMessage } from 'node:http'
import { compareBytes } from './compare-bytes.js'
import { detectRoute, methodsOf, type RouteCandidate } from './detect-route.js'
import { isRest, Jsr311Expression } from './jsr311-expression.js'
import { Jsr311Index } from './jsr311-index.js'
import { Jsr311PathParameters } from './jsr311-parameters.js'
import { joinPath } from './path-tokens.js'
import type { Route } from './route.js'
import type { RouteMatch, RouteSelector, RouteTable, RoutingOptions } from './route-selector.js'
import { routingError, ServiceError } from './service-error.js'
import type { WebService } from './web-service.js'

/**
 * Decides as go-restful's RouterJSR311 (3.12.2) does, after section 3.7.2 of JSR-311: anchored expressions, a service
 * by the number of its groups, a route by the length of its texts.
 *
 * @example
 * new Container({ router: new RouterJSR311() })
 */
export class RouterJSR311 implements RouteSelector {
  compile<C>(services: readonly WebService<C>[], options: RoutingOptions): RouteTable<C> {
    return new Jsr311Table(services, options)
  }
}

interface Jsr311Route<C> extends RouteCandidate<C> {
  readonly expression: Jsr311Expression
}

class Jsr311Table<C> implements RouteTable<C> {
  readonly #options: RoutingOptions
  readonly #services: Jsr311Index<WebService<C>>
  readonly #routes = new Map<WebService<C>, Jsr311Index<Jsr311Route<C>>>()

  constructor(services: readonly WebService<C>[], options: RoutingOptions) {
    this.#options = options
    const entries = services.map((service) => ({
      value: service,
      expression: new Jsr311Expression(service.rootPath(), options.trimRightSlash),
    }))
    this.#services = new Jsr311Index(entries.sort(byGroups), isRest)
  }

  selectService(path: string): WebService<C> | undefined {
    return this.#services.find(path)[0]?.value
  }

  allowedMethods(path: string, request: IncomingMessage): readonly string[] {
    const dispatcher = this.#services.find(path)[0]
    if (dispatcher === undefined) return []
    const rest = dispatcher.expression.exec(path)?.at(-1) ?? ''
    const candidates = this.#routesOf(dispatcher.value).find(rest)
    return methodsOf(
      candidates.map((each) => each.value),
      request,
    )
  }

  selectRoute(path: string, request: IncomingMessage): RouteMatch<C> | ServiceError {
    const dispatcher = this.#services.find(path)[0]
    if (dispatcher === undefined) return routingError(404, '')
    const service = dispatcher.value
    const rest = dispatcher.expression.exec(path)?.at(-1) ?? ''
    const candidates = this.#routesOf(service).find(rest)
    if (candidates.length === 0) return routingError(404, '404: Page Not Found')
    const chosen = detectRoute(
      candidates.map((each) => each.value),
      request,
    )
    if (chosen instanceof ServiceError) return chosen
    const parameters = new Jsr311PathParameters(path, dispatcher.expression, chosen.expression)
    return { service, route: chosen.route, parameters }
  }

  #routesOf(service: WebService<C>): Jsr311Index<Jsr311Route<C>> {
    let index = this.#routes.get(service)
    if (index === undefined) {
      index = routeIndex(service.routes(), this.#options)
      this.#routes.set(service, index)
    }
    return index
  }
}

function routeIndex<C>(routes: readonly Route<C>[], { trimRightSlash }: RoutingOptions): Jsr311Index<Jsr311Route<C>> {
  const entries = routes.map((route) => {
    const expression = new Jsr311Expression(route.relativePath, trimRightSlash)
    const path = joinPath(route.rootPath, route.relativePath, trimRightSlash)
    return { expression, value: { route: route.at(path), expression } }
  })
  entries.sort((a, b) => byLiterals(a, b) || compareBytes(b.value.route.path, a.value.route.path))
  return new Jsr311Index(entries, (rest) => rest === '' || rest === '/')
}

interface Measured {
  readonly expression: Jsr311Expression
}

function byGroups({ expression: a }: Measured, { expression: b }: Measured): number {
  return b.groups - a.groups || b.literalCount - a.literalCount || b.names.length - a.names.length
}

function byLiterals({ expression: a }: Measured, { expression: b }: Measured): number {
  return b.literalCount - a.literalCount || b.groups - a.groups || b.names.length - a.names.length
}
