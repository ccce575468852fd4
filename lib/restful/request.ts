import type { IncomingMessage } from 'node:http'
import { NO_PATH_PARAMETERS, type PathParameters } from './path-parameters.js'
import type { RouteReader } from './route-reader.js'
import type { ServiceError } from './service-error.js'

/**
 * A request on its way through filters to a route function. Everything but the message is made when first asked for.
 *
 * @typeParam C what the caller of `dispatch` hands over as `context`.
 *
 * @example
 * ws.route(ws.get('/{id}').to((req, res) => res.writeAsJson({ id: req.pathParameter('id') })))
 */
export class Request<C = unknown> {
  #query: URLSearchParams | undefined
  #attributes: Map<string, unknown> | undefined

  constructor(
    /** The message as Node gave it; of an HTTP/2 connection its compatibility object. */
    readonly request: IncomingMessage,
    /** What the caller of `dispatch` handed over for this request. */
    readonly context: C,
    readonly route: RouteReader | undefined = undefined,
    readonly parameters: PathParameters = NO_PATH_PARAMETERS,
    /** Why no route was found; container filters and the service error handler see it. */
    readonly routingError: ServiceError | undefined = undefined,
  ) {}

  /** The percent-decoded value of a path parameter, `''` when there is none. @example req.pathParameter('id') */
  pathParameter(name: string): string {
    return this.parameters.get(name) ?? ''
  }

  /** All path parameters, in the order of the template. @example new Map(req.pathParameters()).get('id') */
  pathParameters(): Map<string, string> {
    return this.parameters.all()
  }

  /** The first value of a query parameter, `''` when there is none. @example req.queryParameter('watch') === 'true' */
  queryParameter(name: string): string {
    return this.#queryValues().get(name) ?? ''
  }

  /** All values of a query parameter. @example req.queryParameters('label') */
  queryParameters(name: string): string[] {
    return this.#queryValues().getAll(name)
  }

  /** A header field, `''` when there is none; several fields of one name are joined. @example req.headerParameter('accept') */
  headerParameter(name: string): string {
    const value = this.request.headers[name.toLowerCase()]
    return value === undefined ? '' : Array.isArray(value) ? value.join(', ') : value
  }

  /** A value a filter left for those behind it. @example req.attribute('user') */
  attribute(name: string): unknown {
    return this.#attributes?.get(name)
  }

  /** Leaves a value for the filters and the route function behind. @example req.setAttribute('user', user) */
  setAttribute(name: string, value: unknown): void {
    this.#attributes ??= new Map()
    this.#attributes.set(name, value)
  }

  /** The route that serves the request; undefined when none was found. @example req.selectedRoute()?.operation */
  selectedRoute(): RouteReader | undefined {
    return this.route
  }

  /** The template of that route, `''` when none was found. @example metrics.count(req.selectedRoutePath()) */
  selectedRoutePath(): string {
    return this.route?.path ?? ''
  }

  #queryValues(): URLSearchParams {
    if (this.#query === undefined) {
      const url = this.request.url ?? ''
      const start = url.indexOf('?')
      this.#query = new URLSearchParams(start === -1 ? '' : url.slice(start + 1))
    }
    return this.#query
  }
}
