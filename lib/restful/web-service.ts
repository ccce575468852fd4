import type { FilterFunction } from './filter.js'
import type { Model } from './model.js'
import {
  bodyParameter,
  formParameter,
  headerParameter,
  multiPartFormParameter,
  type Parameter,
  type ParameterData,
  pathParameter,
  queryParameter,
} from './parameter.js'
import { checkPathTemplate } from './path-template.js'
import { RegistrationError } from './registration-error.js'
import type { Route } from './route.js'
import { RouteBuilder } from './route-builder.js'

/**
 * Routes below one root path, with what they share: media types, filters, documentation.
 *
 * @example
 * const ws = new WebService().path('/flunders').consumes('application/json').produces('application/json')
 * ws.route(ws.get('/{id}').to((req, res) => res.writeAsJson(store.get(req.pathParameter('id')))))
 * container.add(ws)
 */
export class WebService<C = unknown> {
  #rootPath = ''
  #consumes: readonly string[] = []
  #produces: readonly string[] = []
  #filters: readonly FilterFunction<C>[] = []
  #routes: readonly Route<C>[] = []
  #documentation = ''
  #version = ''
  readonly #parameters: Parameter[] = []
  readonly #containers = new Set<(added?: Route<C>) => void>()

  /**
   * The root path, a template. Call it first: builders take the root that stands when they are made.
   *
   * @throws RegistrationError for a malformed template, or when the service is in a container already.
   * @example new WebService().path('/apis/{group}')
   */
  path(root: string): this {
    if (this.#containers.size > 0)
      throw new RegistrationError(`${this.#rootPath} is registered: its path cannot change`)
    const path = root === '' ? '/' : root
    checkPathTemplate(path)
    this.#rootPath = path
    return this
  }

  /** Media types of bodies for routes that name none themselves; before those routes. @example ws.consumes('application/json') */
  consumes(...types: string[]): this {
    this.#consumes = types
    return this
  }

  /** Media types of answers for routes that name none themselves; before those routes. @example ws.produces('text/plain') */
  produces(...types: string[]): this {
    this.#produces = types
    return this
  }

  /** Adds a filter behind those of the container. @example ws.filter(authenticate) */
  filter(filter: FilterFunction<C>): this {
    this.#filters = [...this.#filters, filter]
    this.#changed()
    return this
  }

  /** What the service is for. @example ws.doc('flunders and their fishers') */
  doc(text: string): this {
    this.#documentation = text
    return this
  }

  /** The version of the API it serves. @example ws.apiVersion('v1alpha1') */
  apiVersion(version: string): this {
    this.#version = version
    return this
  }

  /** Documents a parameter of the root path. @example ws.param(ws.pathParameter('namespace')) */
  param(parameter: Parameter): this {
    this.#parameters.push(parameter)
    return this
  }

  /**
   * Adds a route; also while requests are served, which see it from their next routing on.
   *
   * @throws RegistrationError for a malformed template or method, or when no function was given.
   * @example ws.route(ws.get('/{id}').to(readFlunder))
   */
  route(builder: RouteBuilder<C>): this {
    const route = builder.build({ consumes: this.#consumes, produces: this.#produces })
    const before = this.#routes
    this.#routes = [...before, route]
    try {
      this.#changed(route)
    } catch (refused) {
      // The router of a container the service is in cannot serve it.
      this.#routes = before
      throw refused
    }
    return this
  }

  /**
   * Removes all routes of a full path and method; requests already routed go on.
   *
   * @returns whether there were any.
   * @example ws.removeRoute('/flunders/{id}', 'DELETE')
   */
  removeRoute(path: string, method: string): boolean {
    const kept = this.#routes.filter((route) => route.path !== path || route.method !== method)
    if (kept.length === this.#routes.length) return false
    this.#routes = kept
    this.#changed()
    return true
  }

  /** The routes in the order of their registration; a list that later changes leave alone. */
  routes(): readonly Route<C>[] {
    return this.#routes
  }

  /** The filters in the order of their registration. */
  filters(): readonly FilterFunction<C>[] {
    return this.#filters
  }

  rootPath(): string {
    return this.#rootPath
  }

  documentation(): string {
    return this.#documentation
  }

  version(): string {
    return this.#version
  }

  /** Documentation of the parameters of the root path. */
  pathParameters(): readonly ParameterData[] {
    return this.#parameters.map((each) => each.data())
  }

  /** A builder for any method. @example ws.method('PURGE').path('/{id}') */
  method(method: string): RouteBuilder<C> {
    return new RouteBuilder<C>(this.#rootPath).method(method)
  }

  /** @example ws.get('/{id}').to(readFlunder) */
  get(path: string): RouteBuilder<C> {
    return this.method('GET').path(path)
  }

  /** @example ws.post('/').to(createFlunder) */
  post(path: string): RouteBuilder<C> {
    return this.method('POST').path(path)
  }

  /** @example ws.put('/{id}').to(replaceFlunder) */
  put(path: string): RouteBuilder<C> {
    return this.method('PUT').path(path)
  }

  /** @example ws.patch('/{id}').to(patchFlunder) */
  patch(path: string): RouteBuilder<C> {
    return this.method('PATCH').path(path)
  }

  /** @example ws.delete('/{id}').to(deleteFlunder) */
  delete(path: string): RouteBuilder<C> {
    return this.method('DELETE').path(path)
  }

  /** No GET route serves HEAD by itself. @example ws.head('/{id}').to(probeFlunder) */
  head(path: string): RouteBuilder<C> {
    return this.method('HEAD').path(path)
  }

  /** @example ws.options('/{id}').to(describeFlunder) */
  options(path: string): RouteBuilder<C> {
    return this.method('OPTIONS').path(path)
  }

  /** @example ws.param(ws.pathParameter('namespace', 'whose flunders')) */
  pathParameter(name: string, description?: string): Parameter {
    return pathParameter(name, description)
  }

  /** @example ws.get('/').param(ws.queryParameter('watch').dataType('boolean')) */
  queryParameter(name: string, description?: string): Parameter {
    return queryParameter(name, description)
  }

  /** @example ws.get('/').param(ws.headerParameter('X-Request-Id')) */
  headerParameter(name: string, description?: string): Parameter {
    return headerParameter(name, description)
  }

  /** @example ws.post('/').param(ws.bodyParameter('body', 'the new flunder', 'Flunder')) */
  bodyParameter(name: string, description?: string, model?: Model): Parameter {
    return bodyParameter(name, description, model)
  }

  /** @example ws.post('/').param(ws.formParameter('comment')) */
  formParameter(name: string, description?: string): Parameter {
    return formParameter(name, description)
  }

  /** @example ws.post('/').param(ws.multiPartFormParameter('upload')) */
  multiPartFormParameter(name: string, description?: string): Parameter {
    return multiPartFormParameter(name, description)
  }

  /** Tells a container of every change, and of the route added by it, until the returned function is called. @internal */
  subscribe(changed: (added?: Route<C>) => void): () => void {
    this.#containers.add(changed)
    return () => this.#containers.delete(changed)
  }

  #changed(added?: Route<C>): void {
    for (const changed of this.#containers) changed(added)
  }
}
