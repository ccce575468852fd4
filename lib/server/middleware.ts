import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { ClientCAs } from '../authentication/index.js'
import type { ResourceClient, ResourceClientOptions } from '../endpoints/index.js'
import type { KubeObject } from '../meta/types.js'
import type { Informer, RegistryStore } from '../registry/index.js'
import { requestPath } from '../restful/index.js'
import { type CloseOptions, GenericAPIServer } from './api-server.js'
import type { ResourceDefinition } from './define-resource.js'
import { failureLog } from './failure-log.js'
import { consoleLogger } from './logger.js'
import { MOUNTED_BEHIND_ITSELF } from './mounted.js'
import type { ApiServerOptions } from './options.js'
import type { SecurityOptions } from './security-options.js'
import { type UpgradeListener, type UpgradeOptions, upgradeListener } from './upgrade.js'

/** What Express calls, and anything that works like it. */
type Next = (err?: unknown) => void

/** An app as `http.createServer` takes it; Express apps are such. */
export type RequestListener = (req: IncomingMessage, res: ServerResponse) => void

/** What `http`, `https` and `http2` (with `allowHTTP1`) servers take alike. */
export type AnyRequestListener = (
  req: IncomingMessage | Http2ServerRequest,
  res: ServerResponse | Http2ServerResponse,
) => void

/** The API as an Express middleware, and as a handler in front of an app. */
export interface ApiServer {
  /** `app.use(api)`: answers the paths it claims, hands on all others. */
  (req: IncomingMessage, res: ServerResponse, next: Next): void

  /**
   * The API in front of an app: `http.createServer(api.handler(app))`. API paths never enter the app, which is three to
   * five times faster than `app.use`, and skips all its middleware, a login among it. An app that mounts the API as well is
   * answered an error then. Over HTTP/2 paths of the app answer 421, unless it `speaksHttp2` (Express 5 does not).
   */
  handler(app?: RequestListener, options?: { readonly speaksHttp2?: boolean }): AnyRequestListener

  /**
   * `server.on('upgrade', api.upgrade)`: browsers can watch by websocket, one text frame an event. Pages of this host
   * and port may; {@link upgradeListener} allows others. Upgrades never pass an app: what its middleware keeps from
   * strangers the API's own `authenticate` or `authorize` must, from what stands in the request (cookies, say).
   */
  readonly upgrade: UpgradeListener

  /** {@link upgrade} with options: origins of other pages, and where the app mounts the API. */
  upgradeListener(options: UpgradeOptions): UpgradeListener

  /** Opens the store; resolves when requests can be answered. Requests before that wait. */
  ready(): Promise<void>

  /** `/readyz` fails from here on, while everything is served as before: load balancers need time to look elsewhere. */
  initiateShutdown(): void

  /** Ends watches, lets other requests finish (5 s), writes what the audit log holds back, closes the store. */
  close(options?: CloseOptions): Promise<void>

  /**
   * Reads and writes a resource's objects from within the process, typed: `api.client(widgets).namespace('default').get('a')`.
   * Defaults, validation, admission plugins and managedFields are as over HTTP; nobody is asked for rights.
   */
  client<T extends KubeObject = KubeObject>(
    resource: string | ResourceDefinition<T>,
    options?: ResourceClientOptions,
  ): ResourceClient<T>

  /**
   * A resource's registry store, below what {@link client} does: `api.store(widgets)`, or by name
   * `api.store('widgets.example.com')`; with a status subresource, `…/status` writes that. Contexts name the namespace:
   * `backgroundContext({ namespace: 'default' })`. Writes here are checked and stored as every write, but nobody decodes
   * them (no defaults of the schema), no admission plugin is asked, and nobody notes managedFields.
   */
  store(resource: string | ResourceDefinition): RegistryStore

  /** All objects of a resource at hand, and told of when they change, until `close()`: `api.informer(widgets)`. */
  informer<T extends KubeObject = KubeObject>(resource: string | ResourceDefinition<T>): Informer<T>
}

/**
 * Makes Kubernetes-style APIs of resource definitions.
 *
 * @throws Error for definitions that do not go together
 * @throws TypeError for an option that there is not, or that would be passed over beside others
 * @example
 * ```ts
 * const api = apiserver({ resources: [flunders], storage: lmdb('./data') })
 * const app = express()
 * app.use(api)
 * app.listen(8080)
 * ```
 */
export function apiserver(options: ApiServerOptions): ApiServer {
  const server = new GenericAPIServer(options)
  /** Requests that the API in front of an app left to the app. */
  let left: WeakSet<IncomingMessage> | undefined
  const { logger = consoleLogger } = options
  const tell = failureLog((fields) => logger.error(fields, 'a request came to the API through an app behind it'))
  const middleware = (req: IncomingMessage, res: ServerResponse, next: Next): void => {
    if (left?.has(req)) {
      const err = new Error(MOUNTED_BEHIND_ITSELF)
      tell(err)
      next(err)
      return
    }
    const path = pathOf(req)
    if (path === undefined ? refusesMalformed(server, req, res) : claimed(server, req, res, path)) return
    next()
  }
  const api = Object.assign(middleware, {
    handler: (app?: RequestListener, { speaksHttp2 = false } = {}): AnyRequestListener => {
      if (!app) return inFront(server, undefined, speaksHttp2)
      left ??= new WeakSet()
      return inFront(server, leaving(app, left), speaksHttp2)
    },
    upgrade: upgradeListener(server),
    upgradeListener: (options: UpgradeOptions) => upgradeListener(server, options),
    ready: () => server.ready(),
    initiateShutdown: () => server.initiateShutdown(),
    close: (options?: CloseOptions) => server.close(options),
    store: (resource: string | ResourceDefinition) => server.loopback.store(resource),
    client: <T extends KubeObject>(resource: string | ResourceDefinition<T>, options?: ResourceClientOptions) =>
      server.loopback.client<T>(resource, options),
    informer: <T extends KubeObject>(resource: string | ResourceDefinition<T>) => server.loopback.informer<T>(resource),
  })
  if (refusesStrangers(options)) guarded.add(api)
  if (server.clientCAs) clientCAs.set(api, server.clientCAs)
  return api
}

const clientCAs = new WeakMap<object, ClientCAs>()

/** Whose client certificates an API takes, for TLS to ask for them; undefined = it looks at none. */
export const clientCAsOf = (api: ApiServer): ClientCAs | undefined => clientCAs.get(api)

const guarded = new WeakSet<object>()

/** Whether an API asks for itself who somebody is or what they may do, and needs no app before it for that. */
export const isGuarded = (api: ApiServer): boolean => guarded.has(api)

/** A login that lets everybody in refuses nobody, unless something asks for rights. */
function refusesStrangers({ authenticate, authentication, authorize, authorization }: SecurityOptions): boolean {
  if (authorize || authorization) return true
  const anonymous = authentication?.anonymous ?? false
  const letsAllIn = typeof anonymous === 'object' ? anonymous.paths === undefined : anonymous
  return Boolean(authenticate || authentication) && !letsAllIn
}

const leaving =
  (app: RequestListener, left: WeakSet<IncomingMessage>): RequestListener =>
  (req, res) => {
    left.add(req)
    app(req, res)
  }

function inFront(server: GenericAPIServer, app: RequestListener | undefined, speaksHttp2: boolean): AnyRequestListener {
  return (anyReq, anyRes) => {
    // HTTP/2's compatibility objects are what Node documents them to be: the same API.
    const req = anyReq as IncomingMessage
    const res = anyRes as ServerResponse
    const path = pathOf(req)
    if (path === undefined ? refusesMalformed(server, req, res) : claimed(server, req, res, path)) return
    if (!app) answer(res, 404, '404 page not found\n')
    else if (req.httpVersionMajor >= 2 && !speaksHttp2) answer(res, 421, 'this path is served over HTTP/1.1 only\n')
    else app(req, res)
  }
}

function claimed(server: GenericAPIServer, req: IncomingMessage, res: ServerResponse, path: string): boolean {
  if (!server.claims(path)) return false
  server.serve(req, res, path)
  return true
}

/** A path of ours that cannot be decoded gets no further, in the words of Go's servers; somebody else's is theirs to judge. */
function refusesMalformed(server: GenericAPIServer, req: IncomingMessage, res: ServerResponse): boolean {
  if (!server.claims((req.url ?? '').split('?', 1)[0]!)) return false
  answer(res, 400, '400 Bad Request')
  return true
}

/** The decoded path, undefined when it cannot be decoded. */
function pathOf(req: IncomingMessage): string | undefined {
  return requestPath(req.url ?? '')
}

function answer(res: ServerResponse, status: number, text: string): void {
  res.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' }).end(text)
}
