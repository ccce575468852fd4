import type { IncomingMessage, ServerResponse } from 'node:http'
import { AdmissionChain } from '../admission/index.js'
import { RequestContext, type VersionInfo, writeBody, writeStatus } from '../endpoints/index.js'
import { backgroundContext } from '../meta/context.js'
import { serviceUnavailable } from '../meta/errors.js'
import type { KubeObject } from '../meta/types.js'
import { bearerToken } from '../openapi/index.js'
import { Informer, type RegistryStore } from '../registry/index.js'
import { encodeJSON, prettyJSON } from '../runtime/json/index.js'
import type { RevisionedKV } from '../storage/index.js'
import { installGroups, resourceKey } from './api-groups.js'
import type { ResourceDefinition } from './define-resource.js'
import { Director } from './director.js'
import { withMaxInFlight } from './filters/max-in-flight.js'
import { withPanicRecovery } from './filters/panic-recovery.js'
import { withRequestDeadline } from './filters/request-deadline.js'
import { withRequestInfo } from './filters/request-info.js'
import { handlerChain } from './handler-chain.js'
import { type HealthCheck, installHealthz, pingCheck } from './health.js'
import { Lifecycle } from './lifecycle.js'
import { Metrics } from './metrics.js'
import { OpenAPIHandler } from './openapi-handler.js'
import type { ApiServerOptions, Logger } from './options.js'
import { PathRecorderMux } from './path-recorder-mux.js'
import { writeText } from './text.js'

const DRAIN_PATIENCE_MS = 5_000
const STORAGE_CHECK_MS = 2_000
const UNUSABLE = 'the store of this server cannot be used now'
const RETRY_SECONDS = 5

/** The API behaviour that this server shows. */
const KUBERNETES: Pick<VersionInfo, 'major' | 'minor'> = { major: '1', minor: '32' }

const quietConsole: Logger = {
  info() {},
  warn: (message) => console.warn(message),
  error: (message, err) => console.error(message, err),
}

/** The server behind the middleware: everything that answers a request once it is known to be ours. */
export class GenericAPIServer {
  readonly #director: Director
  readonly #mux = new PathRecorderMux()
  readonly #chain: (ctx: RequestContext) => Promise<void> | void
  readonly #lifecycle = new Lifecycle()
  readonly #metrics = new Metrics()
  readonly #openapi: OpenAPIHandler
  readonly #kv: RevisionedKV
  readonly #logger: Logger
  readonly #stores: ReadonlyMap<string, RegistryStore>
  /** `plural.group/version` of everything served. */
  readonly #served: ReadonlySet<string>
  readonly #claims: (path: string) => boolean
  readonly #report = (err: unknown): void => this.#logger.error('a request failed unexpectedly', err)
  #ready: Promise<void> | undefined
  #closed: Promise<void> | undefined
  #parsedBodySeen = false
  readonly #informers: Pick<Informer, 'stop'>[] = []

  constructor(options: ApiServerOptions) {
    this.#logger = options.logger ?? quietConsole
    this.#kv = options.storage
    const installed = installGroups({
      resources: options.resources,
      kv: options.storage,
      prefix: options.prefix ?? '/registry',
      transformer: options.transformer,
      admission: new AdmissionChain(options.admission ?? []),
      version: versionInfo(options.version),
      onParsedBody: () => this.#warnOfParsedBody(),
    })
    this.#stores = installed.stores
    this.#served = new Set(options.resources.flatMap(servedVersions))
    this.#openapi = new OpenAPIHandler(
      () => ({
        info: { title: options.openapi?.title ?? 'Kubernetes-style API', version: options.openapi?.version ?? 'v1' },
        webServices: installed.webServices,
        definitions: installed.definitions,
        securityDefinitions: { BearerToken: bearerToken },
      }),
      { onError: (err) => this.#logger.error('an OpenAPI document could not be built', err) },
    )
    this.#director = new Director(installed.webServices, this.#mux)
    this.#installPaths(options)
    this.#claims = claimsOf(options, this.#director, this.#mux)
    this.#chain = handlerChain(
      [
        withPanicRecovery(this.#report),
        withRequestInfo,
        this.#lifecycle.filter,
        withMaxInFlight(options),
        withRequestDeadline,
      ],
      (ctx) => this.#serve(ctx),
    )
  }

  /** Whether a path is this server's to answer. */
  claims(path: string): boolean {
    return this.#claims(path)
  }

  /** Answers a request; all errors become answers. */
  serve(req: IncomingMessage, res: ServerResponse, path: string): void {
    const ctx = new RequestContext(req, res, path, this.#report)
    // The chain's outermost filter catches everything; a rejection here would be a bug in it.
    void this.#chain(ctx)
  }

  /** The store of a resource, for admission plugins and controllers in the same process. */
  store(resource: string | ResourceDefinition): RegistryStore {
    const key = typeof resource === 'string' ? resource : resourceKey(resource)
    const store = this.#stores.get(key)
    if (!store) throw new Error(`no resource ${key} is served; there are ${[...this.#stores.keys()].join(', ')}`)
    return store
  }

  /** A watch-fed list of a resource's objects, ended by {@link close}. */
  informer<T extends KubeObject>(resource: string | ResourceDefinition<T>): Informer<T> {
    const informer = new Informer<T>(this.store(resource))
    this.#informers.push(informer)
    return informer
  }

  /** Opens the store; resolves when requests can be answered. */
  ready(): Promise<void> {
    this.#ready ??= this.#kv.open(backgroundContext()).catch((err: unknown) => {
      // Whoever held the store may be gone by the next request.
      this.#ready = undefined
      throw err
    })
    return this.#ready
  }

  /** Ends watches, lets other requests finish, closes the store. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    await this.#lifecycle.drain(DRAIN_PATIENCE_MS)
    for (const informer of this.#informers) informer.stop()
    await this.#kv.close()
  }

  async #serve(ctx: RequestContext): Promise<void> {
    this.#metrics.begin()
    try {
      await this.ready().catch((err: unknown) => this.#unusable(ctx, err))
      if (!ctx.response.headersSent) await this.#director.direct(ctx)
    } finally {
      this.#metrics.end(ctx, this.#isKnown(ctx))
    }
  }

  /** Without a store only paths beside the API, health among them, have something to say. */
  async #unusable(ctx: RequestContext, err: unknown): Promise<void> {
    this.#logger.error('the store cannot be used', err)
    if (this.#director.ownsRoute(ctx.path)) await writeStatus(ctx, serviceUnavailable(UNUSABLE, RETRY_SECONDS).status)
  }

  #isKnown({ requestInfo }: RequestContext): boolean {
    if (!requestInfo?.isResourceRequest) return false
    const { resource, apiGroup, apiVersion } = requestInfo
    return this.#served.has(`${resourceKey({ group: apiGroup, plural: resource })}/${apiVersion}`)
  }

  #installPaths(options: ApiServerOptions): void {
    const openapi = (ctx: RequestContext, path: string): void => {
      if (!this.#openapi.handle(ctx.request, ctx.response, path, mountPath(ctx.request)))
        writeText(ctx, 404, '404 page not found\n')
    }
    this.#mux
      .handle('/openapi/v2', openapi)
      .handle('/openapi/v3', openapi)
      .unlistedHandlePrefix('/openapi/v3/', openapi)
    if (options.health) this.#installHealth()
    if (options.metrics) this.#mux.handle('/metrics', (ctx) => this.#metrics.serve(ctx))
    if (options.index) {
      const index = (ctx: RequestContext) =>
        writeBody(ctx, 200, 'application/json', prettyJSON(encodeJSON({ paths: this.#listedPaths() })))
      this.#mux.unlistedHandle('/', index).unlistedHandle('/index.html', index)
    }
  }

  #installHealth(): void {
    const storage: HealthCheck = {
      name: 'storage',
      check: async (ctx) => {
        const deadline = Math.min(ctx.deadline ?? Number.POSITIVE_INFINITY, Date.now() + STORAGE_CHECK_MS)
        await this.#kv.currentRevision(backgroundContext({ signal: ctx.signal, deadline }))
      },
    }
    const shutdown: HealthCheck = {
      name: 'shutdown',
      check: () => {
        if (this.#lifecycle.draining) throw new Error('the server is shutting down')
      },
    }
    const failed = (name: string, err: unknown) => this.#logger.warn(`health check ${name} failed: ${String(err)}`)
    installHealthz(this.#mux, '/healthz', [pingCheck, storage], failed)
    installHealthz(this.#mux, '/livez', [pingCheck], failed)
    installHealthz(this.#mux, '/readyz', [pingCheck, storage, shutdown], failed)
  }

  #listedPaths(): string[] {
    const roots = this.#director.container.registeredWebServices().map((webService) => webService.rootPath())
    return [...new Set([...roots, ...this.#mux.listedPaths()])].sort()
  }

  #warnOfParsedBody(): void {
    if (this.#parsedBodySeen) return
    this.#parsedBodySeen = true
    this.#logger.warn(
      'express-apiserver: a body parser ran before the API middleware. Bodies are taken as parsed: duplicate fields, integers ' +
        'beyond 2^53 and sizes can no longer be checked. Mount the API before express.json() to have them checked.',
    )
  }
}

const servedVersions = (resource: ResourceDefinition): string[] =>
  resource.versions.map(({ kind }) => `${resourceKey(resource)}/${kind.gvk.version}`)

/** What stands before `req.url` in the client's URL, when Express mounted the middleware under a path. */
const mountPath = (req: IncomingMessage & { baseUrl?: unknown }): string =>
  typeof req.baseUrl === 'string' ? req.baseUrl : ''

function claimsOf(options: ApiServerOptions, director: Director, mux: PathRecorderMux): (path: string) => boolean {
  if (options.notFound) return () => true
  const core = options.resources.some(({ group }) => group === '')
  const roots = ['/apis', '/openapi', '/version', ...(core ? ['/api'] : [])]
  return (path) =>
    roots.some((root) => path.startsWith(root) && (path.length === root.length || path[root.length] === '/')) ||
    mux.match(path) !== undefined ||
    director.ownsRoute(path)
}

function versionInfo(given: Partial<VersionInfo> = {}): VersionInfo {
  return {
    ...KUBERNETES,
    gitVersion: 'v1.32.0+express-apiserver',
    gitCommit: '',
    gitTreeState: '',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: `node ${process.version}`,
    platform: `${process.platform}/${process.arch}`,
    ...given,
  }
}
