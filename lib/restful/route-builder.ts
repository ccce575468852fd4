import type { FilterFunction, RouteFunction } from './filter.js'
import type { Model } from './model.js'
import { bodyParameter, type Parameter } from './parameter.js'
import { checkPathTemplate } from './path-template.js'
import { joinPath } from './path-tokens.js'
import { RegistrationError } from './registration-error.js'
import { Route, type RouteCondition } from './route.js'
import type { ResponseDoc } from './route-reader.js'

// A method of RFC 9110: a token. It is sent back in Allow.
const METHOD = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/

let anonymousFunctions = 0

/**
 * Collects what a route is made of; every method returns the builder itself.
 *
 * @example
 * ws.route(ws.get('/{id}').produces('application/json').doc('reads a flunder').to(readFlunder))
 */
export class RouteBuilder<C = unknown> {
  readonly #rootPath: string
  #relativePath = '/'
  #method = 'GET'
  #consumes: readonly string[] = []
  #produces: readonly string[] = []
  #function: RouteFunction<C> | undefined
  readonly #filters: FilterFunction<C>[] = []
  readonly #conditions: RouteCondition[] = []
  #methodsWithoutContentType: readonly string[] = []
  #contentEncodingEnabled: boolean | undefined
  #doc = ''
  #notes = ''
  #operation = ''
  readonly #parameters: Parameter[] = []
  #reads: Model | undefined
  #writes: readonly Model[] = []
  readonly #responses = new Map<number, ResponseDoc>()
  #defaultResponse: ResponseDoc | undefined
  readonly #metadata = new Map<string, unknown>()
  readonly #extensions = new Map<string, unknown>()
  #deprecated = false

  constructor(rootPath = '') {
    this.#rootPath = rootPath
  }

  /** What serves the requests; required. @example ws.get('/').to((req, res) => res.writeAsJson([])) */
  to(fn: RouteFunction<C>): this {
    this.#function = fn
    return this
  }

  /** The HTTP method; compared exactly. @example ws.method('PURGE').path('/cache') */
  method(method: string): this {
    this.#method = method
    return this
  }

  /** The template below the service's root. @example builder.path('/{namespace}/flunders/{name}') */
  path(path: string): this {
    this.#relativePath = path
    return this
  }

  /** Media types of bodies it reads, instead of the service's. @example builder.consumes('application/json') */
  consumes(...types: string[]): this {
    this.#consumes = types
    return this
  }

  /** Media types of its answers, instead of the service's. @example builder.produces('application/json', 'text/plain') */
  produces(...types: string[]): this {
    this.#produces = types
    return this
  }

  /** Adds a filter behind those of container and service. @example builder.filter(authorize) */
  filter(filter: FilterFunction<C>): this {
    this.#filters.push(filter)
    return this
  }

  /**
   * Adds a condition on the message, asked before the method and before any filter.
   *
   * @example builder.if((request) => request.headers['x-beta'] === 'yes')
   */
  if(condition: RouteCondition): this {
    this.#conditions.push(condition)
    return this
  }

  /**
   * Methods that may come without Content-Type, instead of GET, HEAD, OPTIONS, DELETE and TRACE.
   *
   * @example ws.post('/touch').allowedMethodsWithoutContentType('POST')
   */
  allowedMethodsWithoutContentType(...methods: string[]): this {
    this.#methodsWithoutContentType = methods
    return this
  }

  /** Whether its answers are compressed, instead of what the container says. @example builder.contentEncodingEnabled(false) */
  contentEncodingEnabled(enabled: boolean): this {
    this.#contentEncodingEnabled = enabled
    return this
  }

  /** What it does, in a line. @example builder.doc('reads a flunder') */
  doc(text: string): this {
    this.#doc = text
    return this
  }

  /** What else is to be said. @example builder.notes('Needs the reader role.') */
  notes(text: string): this {
    this.#notes = text
    return this
  }

  /** The name of the operation; the function's name by default. @example builder.operation('readFlunder') */
  operation(name: string): this {
    this.#operation = name
    return this
  }

  /** Documents a parameter. @example builder.param(queryParameter('watch')) */
  param(parameter: Parameter): this {
    this.#parameters.push(parameter)
    return this
  }

  /** The first documented parameter of a name. @example builder.parameterNamed('watch')?.defaultValue('false') */
  parameterNamed(name: string): Parameter | undefined {
    return this.#parameters.find((each) => each.data().name === name)
  }

  /** Documents the body. @example builder.reads('Flunder', 'the new flunder') */
  reads(model: Model, description = ''): this {
    this.#reads = model
    return this.param(bodyParameter('body', description, model))
  }

  /** Documents the answer. @example builder.writes('Flunder') */
  writes(...models: Model[]): this {
    this.#writes = models
    return this
  }

  /** Documents an answer by its status; the last call for a status stays. @example builder.returns(200, 'OK', 'Flunder') */
  returns(code: number, message: string, model?: Model, headers?: Readonly<Record<string, string>>): this {
    this.#responses.set(code, { code, message, ...(model && { model }), ...(headers && { headers }) })
    return this
  }

  /** Documents every other answer. @example builder.defaultReturns('an error', 'Status') */
  defaultReturns(message: string, model?: Model): this {
    this.#defaultResponse = { code: 0, message, ...(model && { model }) }
    return this
  }

  /** A free fact about the route. @example builder.metadata('action', 'list') */
  metadata(key: string, value: unknown): this {
    this.#metadata.set(key, value)
    return this
  }

  /** A vendor extension of its documentation. @example builder.addExtension('x-kubernetes-action', 'list') */
  addExtension(key: string, value: unknown): this {
    this.#extensions.set(key, value)
    return this
  }

  /** Marks it as not to be used any more. @example builder.deprecate() */
  deprecate(): this {
    this.#deprecated = true
    return this
  }

  /** Runs functions on the builder, for what several routes share. @example builder.do(returnsErrors, takesNamespace) */
  do(...steps: ((builder: this) => void)[]): this {
    for (const step of steps) step(this)
    return this
  }

  /**
   * The route.
   *
   * @param defaults the media types of the service, taken where the builder has none.
   * @throws RegistrationError for a malformed template or method, or when no function was given.
   * @example const route = new RouteBuilder('/flunders').path('/{id}').to(readFlunder).build()
   */
  build(defaults: { readonly consumes?: readonly string[]; readonly produces?: readonly string[] } = {}): Route<C> {
    const path = joinPath(this.#rootPath, this.#relativePath, true)
    const fn = this.#function
    if (fn === undefined) throw new RegistrationError(`No function specified for route:${path}`)
    if (!METHOD.test(this.#method))
      throw new RegistrationError(`invalid method ${JSON.stringify(this.#method)} for route:${path}`)
    checkPathTemplate(path)
    return new Route<C>({
      method: this.#method,
      path,
      rootPath: this.#rootPath,
      relativePath: this.#relativePath,
      consumes: this.#consumes.length > 0 ? this.#consumes : [...(defaults.consumes ?? [])],
      produces: this.#produces.length > 0 ? this.#produces : [...(defaults.produces ?? [])],
      function: fn,
      filters: [...this.#filters],
      conditions: [...this.#conditions],
      allowedMethodsWithoutContentType: this.#methodsWithoutContentType,
      contentEncodingEnabled: this.#contentEncodingEnabled,
      doc: this.#doc,
      notes: this.#notes,
      operation: this.#operation || fn.name || `func${++anonymousFunctions}`,
      parameterDocs: this.#parameters.map((each) => each.data()),
      reads: this.#reads,
      writes: this.#writes,
      responses: copied(this.#responses),
      defaultResponse: this.#defaultResponse,
      metadata: copied(this.#metadata),
      extensions: copied(this.#extensions),
      deprecated: this.#deprecated,
    })
  }
}

// Most routes have none of these, and there may be thousands of routes.
const EMPTY: ReadonlyMap<never, never> = new Map<never, never>()

function copied<K, V>(map: ReadonlyMap<K, V>): ReadonlyMap<K, V> {
  return map.size === 0 ? (EMPTY as ReadonlyMap<K, V>) : new Map(map)
}
