import type { IncomingMessage } from 'node:http'
import type { PathParameters } from './path-parameters.js'
import type { Route } from './route.js'
import type { ServiceError } from './service-error.js'
import type { WebService } from './web-service.js'

/** How paths and templates become tokens. */
export interface RoutingOptions {
  /** Whether slashes at the end of a path do not count; go-restful's default is true. */
  readonly trimRightSlash: boolean
}

/** The route a request goes to. */
export interface RouteMatch<C = unknown> {
  readonly service: WebService<C>
  readonly route: Route<C>
  readonly parameters: PathParameters
}

/** Decides where requests go, by a table that does not change. */
export interface RouteTable<C = unknown> {
  /** The route for a percent-decoded path and the message, or why there is none. */
  selectRoute(path: string, request: IncomingMessage): RouteMatch<C> | ServiceError
  /** The service whose root takes the path; undefined when none does. */
  selectService(path: string): WebService<C> | undefined
  /** The methods of the routes that take the path, each once; what their conditions say of the message counts. */
  allowedMethods(path: string, request: IncomingMessage): readonly string[]
}

/**
 * A way to decide between routes. The container asks for a table after each registration and swaps it whole, so that
 * no request ever sees half a change.
 */
export interface RouteSelector {
  /**
   * Refuses a template it cannot serve, when a service or route with it is registered.
   *
   * @throws RegistrationError naming the template.
   */
  check?(template: string, options: RoutingOptions): void
  compile<C>(services: readonly WebService<C>[], options: RoutingOptions): RouteTable<C>
}
