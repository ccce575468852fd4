import type { IncomingMessage } from 'node:http'
import type { FilterChain, FilterFunction, RouteFunction } from './filter.js'
import { matchesMediaTypes } from './media-type.js'
import type { Request } from './request.js'
import type { Response } from './response.js'
import type { RouteReader } from './route-reader.js'

/** A condition on the message itself; a route with one that fails is as good as absent. */
export type RouteCondition = (request: IncomingMessage) => boolean

/** Everything a route is made of; RouteBuilder collects it. */
export interface RouteOptions<C = unknown> extends RouteReader {
  /** The root path of the service it was built for. */
  readonly rootPath: string
  /** Its own template below that root. */
  readonly relativePath: string
  readonly function: RouteFunction<C>
  readonly filters: readonly FilterFunction<C>[]
  readonly conditions: readonly RouteCondition[]
  /** Methods that may come without Content-Type; empty for the default. */
  readonly allowedMethodsWithoutContentType: readonly string[]
  /** Whether its answers are compressed; undefined for what the container says. */
  readonly contentEncodingEnabled: boolean | undefined
}

const METHODS_WITHOUT_CONTENT = ['GET', 'HEAD', 'OPTIONS', 'DELETE', 'TRACE']

/** A route as it was built: a read-only record, with what a router asks of it. */
export class Route<C = unknown> implements RouteOptions<C>, FilterChain<C> {
  // What every request reads stands together, at the front.
  /** Its chain in the container that served it last, and that container's state then. @internal */
  chain: FilterChain<C> | undefined
  /** @internal */
  chainOf: object | undefined
  readonly contentEncodingEnabled: boolean | undefined
  readonly produces: readonly string[]
  readonly function: RouteFunction<C>
  readonly method: string
  readonly path: string
  readonly rootPath: string
  readonly relativePath: string
  readonly consumes: readonly string[]
  readonly filters: readonly FilterFunction<C>[]
  readonly conditions: readonly RouteCondition[]
  readonly allowedMethodsWithoutContentType: readonly string[]
  readonly doc: string
  readonly notes: string
  readonly operation: string
  readonly parameterDocs: RouteReader['parameterDocs']
  readonly reads: RouteReader['reads']
  readonly writes: RouteReader['writes']
  readonly responses: RouteReader['responses']
  readonly defaultResponse: RouteReader['defaultResponse']
  readonly metadata: RouteReader['metadata']
  readonly extensions: RouteReader['extensions']
  readonly deprecated: boolean
  readonly #contentTypeOptional: boolean

  constructor(options: RouteOptions<C>) {
    this.method = options.method
    this.path = options.path
    this.rootPath = options.rootPath
    this.relativePath = options.relativePath
    this.consumes = options.consumes
    this.produces = options.produces
    this.function = options.function
    this.filters = options.filters
    this.conditions = options.conditions
    this.allowedMethodsWithoutContentType = options.allowedMethodsWithoutContentType
    this.contentEncodingEnabled = options.contentEncodingEnabled
    this.doc = options.doc
    this.notes = options.notes
    this.operation = options.operation
    this.parameterDocs = options.parameterDocs
    this.reads = options.reads
    this.writes = options.writes
    this.responses = options.responses
    this.defaultResponse = options.defaultResponse
    this.metadata = options.metadata
    this.extensions = options.extensions
    this.deprecated = options.deprecated
    this.chain = undefined
    this.chainOf = undefined
    const methods = options.allowedMethodsWithoutContentType
    this.#contentTypeOptional = (methods.length > 0 ? methods : METHODS_WITHOUT_CONTENT).includes(options.method)
  }

  /** Has a request served: a route is the end of its chain. */
  processFilter(req: Request<C>, res: Response): void | Promise<void> {
    const fn = this.function
    return fn(req, res)
  }

  /** The same route under another full path. @internal */
  at(path: string): Route<C> {
    return path === this.path ? this : new Route({ ...this, path })
  }

  /** Whether all its conditions hold for a message; the first that fails ends the question. */
  matchesConditions(request: IncomingMessage): boolean {
    for (const condition of this.conditions) if (!condition(request)) return false
    return true
  }

  /** Whether it reads a body of this Content-Type; `''` for none given. */
  matchesContentType(contentType: string): boolean {
    if (this.consumes.length === 0) return true
    if (contentType !== '') return matchesMediaTypes(contentType, this.consumes, false)
    return this.#contentTypeOptional || matchesMediaTypes('application/octet-stream', this.consumes, false)
  }

  /** Whether it can answer what this Accept asks for; `''` for none given. */
  matchesAccept(accept: string): boolean {
    return accept === '' || accept === '*/*' || matchesMediaTypes(accept, this.produces, true)
  }

  toString(): string {
    return `${this.method} ${this.path}`
  }
}
