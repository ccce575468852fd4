import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { type ContainerOptions, type DispatchOptions, settingsOf } from './container-options.js'
import { CurlyRouter } from './curly-router.js'
import type { EntityReaderWriter } from './entity-accessor.js'
import type { EntitySettings } from './entity-settings.js'
import {
  type RecoverHandler,
  type ServiceErrorHandler,
  writeInternalError,
  writeServiceError,
} from './error-handlers.js'
import { composeFilters, type FilterChain, type FilterFunction } from './filter.js'
import type { Middleware } from './middleware-filter.js'
import { joinPath, requestPath } from './path-tokens.js'
import { isPending, type RecoveryOptions, recover } from './recovery.js'
import { RegistrationError } from './registration-error.js'
import { Request } from './request.js'
import { Response } from './response.js'
import type { Route } from './route.js'
import type { RouteMatch, RouteSelector, RouteTable } from './route-selector.js'
import { routingError, ServiceError } from './service-error.js'
import { type TraceLogger, traceRouting } from './trace.js'
import type { WebService } from './web-service.js'

/**
 * Web services behind one router, with the filters all of them share.
 *
 * @typeParam C what the caller of `dispatch` hands over as `context` of a request.
 *
 * @example
 * const container = new Container()
 * container.add(new WebService().path('/flunders'))
 * http.createServer((req, res) => container.dispatch(req, res)).listen(8080)
 */
export class Container<C = unknown> {
  #services: readonly WebService<C>[] = []
  readonly #subscriptions = new Map<WebService<C>, () => void>()
  #filters: readonly FilterFunction<C>[] = []
  #router: RouteSelector
  readonly #trimRightSlash: boolean
  readonly #settings: EntitySettings
  #contentEncodingEnabled: boolean
  #traceLogger: TraceLogger | undefined
  #recovery: RecoveryOptions<C>
  #table: RouteTable<C> | undefined
  /** Another object after each change. */
  #state: object = {}
  #errorChain: FilterChain<C> | undefined

  constructor(options: ContainerOptions<C> = {}) {
    this.#router = options.router ?? new CurlyRouter()
    this.#trimRightSlash = options.trimRightSlash ?? true
    this.#contentEncodingEnabled = options.contentEncodingEnabled ?? false
    this.#traceLogger = options.traceLogger
    this.#settings = settingsOf(options)
    this.#recovery = {
      doNotRecover: options.doNotRecover ?? false,
      serviceErrorHandler: options.serviceErrorHandler ?? writeServiceError,
      recoverHandler: options.recoverHandler ?? writeInternalError,
    }
  }

  /**
   * Registers a service; also while requests are served, which see it from their next routing on.
   *
   * @throws RegistrationError when a service with this root path is registered, or the router cannot serve a template.
   * @example container.add(flunders).add(fishers)
   */
  add(added: WebService<C> | WebService): this {
    // A service that asks for no context is served with any.
    const service = added as WebService<C>
    if (service.rootPath() === '') service.path('/')
    const root = service.rootPath()
    if (this.#services.some((each) => each.rootPath() === root)) {
      throw new RegistrationError(`WebService with duplicate root path detected:['${root}']`)
    }
    checkTemplates(this.#router, service, this.#trimRightSlash)
    this.#services = [...this.#services, service]
    const unsubscribe = service.subscribe((added) => {
      if (added !== undefined) checkRoute(this.#router, added, this.#trimRightSlash)
      this.#changed()
    })
    this.#subscriptions.set(service, unsubscribe)
    this.#changed()
    return this
  }

  /**
   * Takes out the service with this root path; requests already routed go on.
   *
   * @returns whether there was one.
   * @example container.remove(flunders)
   */
  remove(service: WebService<C> | WebService): boolean {
    const found = this.#services.find((each) => each.rootPath() === service.rootPath())
    if (found === undefined) return false
    this.#services = this.#services.filter((each) => each !== found)
    this.#subscriptions.get(found)?.()
    this.#subscriptions.delete(found)
    this.#changed()
    return true
  }

  /** Adds a filter that runs for every request, before those of service and route. @example container.filter(log) */
  filter(filter: FilterFunction<C>): this {
    this.#filters = [...this.#filters, filter]
    this.#changed()
    return this
  }

  /**
   * Changes how requests find their routes.
   *
   * @throws RegistrationError when the router cannot serve a registered template.
   * @example container.router(new RouterJSR311())
   */
  router(router: RouteSelector): this {
    for (const service of this.#services) checkTemplates(router, service, this.#trimRightSlash)
    this.#router = router
    this.#changed()
    return this
  }

  /** The services in the order of their registration; a list that later changes leave alone. */
  registeredWebServices(): readonly WebService<C>[] {
    return this.#services
  }

  /**
   * Changes what answers 404, 405, 406, 415 and the service errors functions throw.
   *
   * @example container.serviceErrorHandler((error, req, res) => res.writeHeaderAndJson(error.code, { message: error.message }))
   */
  serviceErrorHandler(handler: ServiceErrorHandler<C>): this {
    this.#recovery = { ...this.#recovery, serviceErrorHandler: handler }
    return this
  }

  /**
   * Changes what answers when a filter or function throws. The default says 500 and no more: no stack leaves the process.
   *
   * @example container.recoverHandler((error, req, res) => { log(error); res.writeErrorString(500, 'sorry') })
   */
  recoverHandler(handler: RecoverHandler<C>): this {
    this.#recovery = { ...this.#recovery, recoverHandler: handler }
    return this
  }

  /**
   * Reads and writes entities of a media type by an accessor, here and in no other container.
   *
   * @throws TypeError when the type is no media type.
   * @example container.entityAccessor('application/yaml', { read: (body) => parse(`${body}`), write: (value) => stringify(value) })
   */
  entityAccessor(mediaType: string, accessor: EntityReaderWriter): this {
    this.#settings.accessors.register(mediaType, accessor)
    return this
  }

  /** Whether answers are compressed for clients that accept it. @example container.contentEncodingEnabled(true) */
  contentEncodingEnabled(enabled: boolean): this {
    this.#contentEncodingEnabled = enabled
    return this
  }

  /** Tells a logger where each request goes and why; undefined for nobody. @example container.traceLogger(console) */
  traceLogger(logger: TraceLogger | undefined): this {
    this.#traceLogger = logger
    return this
  }

  /**
   * The methods of the routes that take a path, each once; what conditions of routes say of the message counts.
   *
   * @param path percent-decoded.
   * @example container.allowedMethods('/users/1', req) // ['GET', 'PUT']
   */
  allowedMethods(path: string, message: IncomingMessage): readonly string[] {
    return this.#routeTable().allowedMethods(path, message)
  }

  /**
   * Routes a request and has it served. Returns a promise only when something on the way does; it is never rejected
   * unless the container was told not to recover.
   *
   * @example http.createServer((req, res) => container.dispatch(req, res))
   */
  dispatch(
    req: IncomingMessage | Http2ServerRequest,
    res: ServerResponse | Http2ServerResponse,
    options?: DispatchOptions<C>,
  ): void | Promise<void> {
    // HTTP/2's compatibility objects have all that is used here; only their types differ.
    const message = req as IncomingMessage
    const response = new Response(res as ServerResponse, this.#settings)
    const context = options?.context as C
    let request: Request<C> | undefined
    try {
      const selected = this.#select(message, options?.path)
      let chain: FilterChain<C>
      if (selected instanceof ServiceError) {
        request = new Request(message, context, undefined, undefined, selected, this.#settings)
        response.routed([], this.#contentEncodingEnabled)
        chain = this.#chainOfErrors()
      } else {
        const { route, parameters } = selected
        request = new Request(message, context, route, parameters, undefined, this.#settings)
        response.routed(route.produces, route.contentEncodingEnabled ?? this.#contentEncodingEnabled)
        chain = this.#chainOf(selected)
      }
      const pending = chain.processFilter(request, response)
      if (isPending(pending)) return this.#settle(pending, request, response)
    } catch (error) {
      return recover(error, request ?? new Request(message, context), response, this.#recovery)
    }
    response.finish()
  }

  /**
   * The container as a middleware: serves paths below the root of a registered service and calls `next` for all others.
   *
   * @param contextOf what filters and functions read as `request.context`.
   * @example app.use(container.middleware())
   */
  middleware(contextOf?: (req: IncomingMessage) => C): Middleware {
    return (req, res, next) => {
      const path = requestPath(req.url ?? '/')
      if (path === undefined || this.#routeTable().selectService(path) === undefined) return next()
      try {
        const options = contextOf === undefined ? { path } : { path, context: contextOf(req) }
        this.dispatch(req, res, options)?.catch(next)
      } catch (error) {
        next(error)
      }
    }
  }

  #select(message: IncomingMessage, known: string | undefined): RouteMatch<C> | ServiceError {
    const path = known ?? requestPath(message.url ?? '/')
    const table = this.#routeTable()
    const selected = path === undefined ? routingError(400, '400: Bad Request') : table.selectRoute(path, message)
    if (this.#traceLogger !== undefined) traceRouting(this.#traceLogger, table, path ?? '', message, selected)
    return selected
  }

  #routeTable(): RouteTable<C> {
    this.#table ??= this.#router.compile(this.#services, { trimRightSlash: this.#trimRightSlash })
    return this.#table
  }

  #chainOf({ service, route }: RouteMatch<C>): FilterChain<C> {
    // Kept at the route, which is at hand: a map of thousands would cost more than the rest of the way.
    if (route.chainOf === this.#state) return route.chain!
    const chain = composeFilters([...this.#filters, ...service.filters(), ...route.filters], route)
    route.chain = chain
    route.chainOf = this.#state
    return chain
  }

  #chainOfErrors(): FilterChain<C> {
    this.#errorChain ??= composeFilters(this.#filters, {
      processFilter: (req, res) => {
        const error = req.routingError ?? routingError(404, '404: Not Found')
        return this.#recovery.serviceErrorHandler(error, req, res)
      },
    })
    return this.#errorChain
  }

  async #settle(pending: Promise<void>, request: Request<C>, response: Response): Promise<void> {
    try {
      await pending
      response.finish()
    } catch (error) {
      await recover(error, request, response, this.#recovery)
    }
  }

  #changed(): void {
    this.#table = undefined
    this.#state = {}
    this.#errorChain = undefined
  }
}

function checkTemplates<C>(router: RouteSelector, service: WebService<C>, trimRightSlash: boolean): void {
  router.check?.(service.rootPath(), { trimRightSlash })
  for (const route of service.routes()) checkRoute(router, route, trimRightSlash)
}

function checkRoute<C>(router: RouteSelector, route: Route<C>, trimRightSlash: boolean): void {
  const path = trimRightSlash ? route.path : joinPath(route.rootPath, route.relativePath, trimRightSlash)
  router.check?.(path, { trimRightSlash })
}
