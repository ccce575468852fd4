import type { IncomingMessage } from 'node:http'
import { DEFAULT_SETTINGS, type EntitySettings } from './entity-settings.js'
import { formFields } from './form-fields.js'
import { NO_PATH_PARAMETERS, type PathParameters } from './path-parameters.js'
import { messageBody } from './request-body.js'
import type { RouteReader } from './route-reader.js'
import { ServiceError } from './service-error.js'

/** What of a stranger's text an error repeats, in UTF-16 units. */
const MAX_QUOTED = 200

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
    /** What the container says of entities; a filter that makes another request hands it on. */
    readonly settings: EntitySettings = DEFAULT_SETTINGS,
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

  /**
   * The first value of a field of a form in the body, `''` when there is none. The query is not looked at.
   *
   * @throws ServiceError 400 for a malformed form, 413 for one over the limit of the container.
   * @example const comment = await req.bodyParameter('comment')
   */
  async bodyParameter(name: string): Promise<string> {
    return (await this.bodyParameters(name))[0] ?? ''
  }

  /** All values of that field. @example await req.bodyParameters('label') */
  async bodyParameters(name: string): Promise<string[]> {
    return formFields(this.headerParameter('content-type'), await messageBody(this.request, this.settings), name)
  }

  /**
   * The bytes of the body, inflated. They are read once, so filters may look at them too.
   *
   * @throws ServiceError 413 for more than the container's limit, 415 for an unknown Content-Encoding, 400 for a body
   * that cannot be inflated or ends early; Error when the host application has parsed the body.
   * @example const digest = createHash('sha256').update(await req.body())
   */
  async body(): Promise<Buffer> {
    const body = await messageBody(this.request, this.settings)
    if ('bytes' in body) return body.bytes
    throw new Error('the host application has parsed the body: its bytes are gone, readEntity gives what it left')
  }

  /**
   * The value of the body by its Content-Type. What the host application's parser left is taken as it is. The type
   * parameter is a claim: nothing checks the value against it.
   *
   * @throws ServiceError 400 for a malformed body or a type nobody reads, and as `body` does.
   * @example const user = await req.readEntity<User>()
   */
  async readEntity<T = unknown>(): Promise<T> {
    const { accessors, defaultRequestContentType } = this.settings
    const body = await messageBody(this.request, this.settings)
    if ('parsed' in body) return body.parsed as T
    const contentType = this.headerParameter('content-type')
    const accessor = accessors.at(contentType) ?? accessors.at(defaultRequestContentType)
    if (accessor === undefined) {
      throw new ServiceError(400, `Unable to unmarshal content of type:${contentType.slice(0, MAX_QUOTED)}`)
    }
    try {
      return (await accessor.read(body.bytes, contentType)) as T
    } catch (error) {
      if (error instanceof ServiceError) throw error
      throw new ServiceError(400, `malformed body: ${String((error as Error)?.message ?? error).slice(0, MAX_QUOTED)}`)
    }
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
