import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { CurlyRouter } from './curly-router.js'
import {
  type RecoverHandler,
  type ServiceErrorHandler,
  writeInternalError,
  writeServiceError,
} from './error-handlers.js'
import { composeFilters, type FilterChain, type FilterFunction } from './filter.js'
import type { Middleware } from './middleware-filter.js'
import { requestPath } from './path-tokens.js'
import { RegistrationError } from './registration-error.js'
import { Request } from './request.js'
import { Response } from './response.js'
import type { Route } from './route.js'
import type { RouteMatch, RouteSelector, RouteTable } from './route-selector.js'
import { routingError, ServiceError } from './service-error.js'
import type { WebService } from './web-service.js'

/** How a container is set up; every field has a default. */
export interface ContainerOptions<C = unknown> {
  /** How requests find their routes; a CurlyRouter by default. */
  readonly router?: RouteSelector
  /** Whether slashes at the end of a path do not count; true by default. */
  readonly trimRightSlash?: boolean
  /** Whether what filters and functions throw is left to the caller of `dispatch`; false by default. */
  readonly doNotRecover?: boolean
  /** Whether JSON answers are indented; false by default. */
  readonly prettyPrint?: boolean
  readonly serviceErrorHandler?: ServiceErrorHandler<C>
  readonly recoverHandler?: RecoverHandler<C>
}

/** What a caller may already know about a request. */
export interface DispatchOptions<C = unknown> {
  /** The percent-decoded path to route on; that of `req.url` by default. */
  readonly path?: string
  /** What filters and functions read as `request.context`. */
  readonly context?: C
}

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
  readonly #doNotRecover: boolean
  readonly #prettyPrint: boolean
  #serviceErrorHandler: ServiceErrorHandler<C>
  #recoverHandler: RecoverHandler<C>
  #table: RouteTable<C> | undefined
  #chains = new WeakMap<Route<C>, FilterChain<C>>()
  #errorChain: FilterChain<C> | undefined

  constructor(options: ContainerOptions<C> = {}) {
    this.#router = options.router ?? new CurlyRouter()
    this.#trimRightSlash = options.trimRightSlash ?? true
    this.#doNotRecover = options.doNotRecover ?? false
    this.#prettyPrint = options.prettyPrint ?? false
    this.#serviceErrorHandler = options.serviceErrorHandler ?? writeServiceError
    this.#recoverHandler = options.recoverHandler ?? writeInternalError
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
    checkTemplates(this.#router, service)
    this.#services = [...this.#services, service]
    const unsubscribe = service.subscribe((added) => {
      if (added !== undefined) this.#router.check?.(added.path)
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
    for (const service of this.#services) checkTemplates(router, service)
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
    this.#serviceErrorHandler = handler
    return this
  }

  /**
   * Changes what answers when a filter or function throws. The default says 500 and no more: no stack leaves the process.
   *
   * @example container.recoverHandler((error, req, res) => { log(error); res.writeErrorString(500, 'sorry') })
   */
  recoverHandler(handler: RecoverHandler<C>): this {
    this.#recoverHandler = handler
    return this
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
    const response = new Response(res as ServerResponse, this.#prettyPrint)
    const context = options?.context as C
    let request: Request<C> | undefined
    try {
      const selected = this.#select(message, options?.path)
      let chain: FilterChain<C>
      if (selected instanceof ServiceError) {
        request = new Request(message, context, undefined, undefined, selected)
        chain = this.#chainOfErrors()
      } else {
        request = new Request(message, context, selected.route, selected.parameters)
        chain = this.#chainOf(selected)
      }
      const pending = chain.processFilter(request, response)
      if (isPending(pending)) return this.#settle(pending, request, response)
    } catch (error) {
      return this.#recover(error, request ?? new Request(message, context), response)
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
    if (path === undefined) return routingError(400, '400: Bad Request')
    return this.#routeTable().selectRoute(path, message)
  }

  #routeTable(): RouteTable<C> {
    this.#table ??= this.#router.compile(this.#services, { trimRightSlash: this.#trimRightSlash })
    return this.#table
  }

  #chainOf({ service, route }: RouteMatch<C>): FilterChain<C> {
    let chain = this.#chains.get(route)
    if (chain === undefined) {
      chain = composeFilters([...this.#filters, ...service.filters(), ...route.filters], route.function)
      this.#chains.set(route, chain)
    }
    return chain
  }

  #chainOfErrors(): FilterChain<C> {
    this.#errorChain ??= composeFilters(this.#filters, (req, res) => {
      const error = req.routingError ?? routingError(404, '404: Not Found')
      return this.#serviceErrorHandler(error, req, res)
    })
    return this.#errorChain
  }

  async #settle(pending: Promise<void>, request: Request<C>, response: Response): Promise<void> {
    try {
      await pending
      response.finish()
    } catch (error) {
      await this.#recover(error, request, response)
    }
  }

  #recover(error: unknown, request: Request<C>, response: Response): void | Promise<void> {
    response.reset()
    if (!(error instanceof ServiceError) || response.headersSent) return this.#fail(error, request, response)
    try {
      const pending = this.#serviceErrorHandler(error, request, response)
      if (isPending(pending)) return this.#settleError(pending, request, response)
      response.finish()
    } catch (failure) {
      return this.#fail(failure, request, response)
    }
  }

  async #settleError(pending: Promise<void>, request: Request<C>, response: Response): Promise<void> {
    try {
      await pending
      response.finish()
    } catch (failure) {
      await this.#fail(failure, request, response)
    }
  }

  #fail(error: unknown, request: Request<C>, response: Response): void | Promise<void> {
    if (this.#doNotRecover) throw error
    response.reset()
    try {
      const pending = this.#recoverHandler(error, request, response)
      if (isPending(pending))
        return pending.catch(() => writeInternalError(error, request, response)).then(() => response.finish())
      response.finish()
    } catch {
      writeInternalError(error, request, response)
    }
  }

  #changed(): void {
    this.#table = undefined
    this.#chains = new WeakMap()
    this.#errorChain = undefined
  }
}

function checkTemplates<C>(router: RouteSelector, service: WebService<C>): void {
  router.check?.(service.rootPath())
  for (const route of service.routes()) router.check?.(route.path)
}

function isPending(result: void | Promise<void>): result is Promise<void> {
  return typeof result === 'object' && typeof result.then === 'function'
}
