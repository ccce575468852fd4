import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Registry } from 'prom-client'
import { AdmissionChain } from '../admission/index.js'
import type { ClientCAs } from '../authentication/index.js'
import { RequestContext, writeStatus } from '../endpoints/index.js'
import { backgroundContext } from '../meta/context.js'
import { serviceUnavailable } from '../meta/errors.js'
import { bearerToken, type OpenAPIDefinitions, type OpenAPISource } from '../openapi/index.js'
import type { RevisionedKV } from '../storage/index.js'
import { installGroups } from './api-groups.js'
import { claimsOf } from './claims.js'
import { defaultHandlerChain } from './default-handler-chain.js'
import { Director } from './director.js'
import { isLongRunning } from './filters/long-running.js'
import { handlerChain } from './handler-chain.js'
import { type DrainOptions, Lifecycle } from './lifecycle.js'
import { consoleLogger, type Logger, withErrors } from './logger.js'
import type { LongRunningRequestCheck } from './long-running.js'
import { Loopback } from './loopback.js'
import {
  latencyTrackedKV,
  Metrics,
  measuredKV,
  measuredPlugins,
  registerCacheMetrics,
  registerObjectCounts,
} from './metrics/index.js'
import { NoStore } from './no-store.js'
import { ObjectCounts } from './object-counts.js'
import { OpenAPIHandler } from './openapi-handler.js'
import { openIDMetadataWebServices } from './openid-metadata.js'
import { checkOptions } from './option-checks.js'
import type { ApiServerOptions } from './options.js'
import { installOwnPaths } from './own-paths.js'
import { PathRecorderMux } from './path-recorder-mux.js'
import { type Security, securityOf } from './security.js'
import { servedResources } from './served-resources.js'
import { versionInfo } from './version-info.js'
import { WatchCaches } from './watch-caches.js'
import { headRefusal } from './whole-head.js'

const DRAIN: DrainOptions = { patienceMs: 5_000, watchTerminationMs: 0 }
const UNUSABLE = 'the store of this server cannot be used now'
const RETRY_SECONDS = 5

/** How a server ends. */
export interface CloseOptions extends Partial<DrainOptions> {
  /** Awaited when the last answer of the API is out, before its store is closed. */
  readonly onDrained?: () => Promise<void>
}

/** The server behind the middleware: everything that answers a request once it is known to be ours. */
export class GenericAPIServer {
  /** For code in the same process. */
  readonly loopback: Loopback
  readonly #director: Director
  readonly #mux = new PathRecorderMux()
  readonly #chain: (ctx: RequestContext) => Promise<void> | void
  readonly #lifecycle: Lifecycle
  readonly #metrics: Metrics | undefined
  readonly #security: Security
  readonly #kv: RevisionedKV
  readonly #caches: WatchCaches | undefined
  readonly #logger: Logger
  readonly #claims: (path: string) => boolean
  #ready: Promise<void> | undefined
  #closed: Promise<void> | undefined
  #isOpen = false
  #parsedBodySeen = false

  constructor(options: ApiServerOptions) {
    // A program without types may give none.
    this.#logger = withErrors(options?.logger ?? consoleLogger)
    checkOptions(options, this.#logger)
    const { resources, prefix = '/registry', admission = [] } = options
    const lasts = options.longRunning ?? isLongRunning
    this.#lifecycle = new Lifecycle(lasts)
    this.#metrics = options.metrics ? metricsOf(options, lasts) : undefined
    const { registry } = this.#metrics ?? {}
    this.#kv = storageOf(options, prefix, registry)
    const counts = new ObjectCounts(this.#kv, prefix, resources)
    if (registry) registerObjectCounts(registry, counts)
    this.#security = securityOf(options, {
      logger: this.#logger,
      metrics: this.#metrics?.security,
      objectCount: (resource) => counts.get(resource),
    })
    if (options.watchCache ?? true)
      this.#caches = new WatchCaches(this.#kv, prefix, (err) =>
        this.#logger.warn({ err }, 'a watch cache could not be kept up to date; reads ask the store until it is'),
      )
    if (registry && this.#caches) registerCacheMetrics(registry, this.#caches)
    const restResources = [...(options.restResources ?? []), ...this.#security.reviews]
    const installed = installGroups({
      resources,
      restResources,
      kv: this.#kv,
      prefix,
      transformer: options.transformer,
      watchCaches: this.#caches,
      memberLimits: options.memberLimits,
      authorizeCreate: this.#security.authorizeCreate,
      admission: new AdmissionChain(registry ? measuredPlugins(registry, admission) : admission),
      version: versionInfo(options.version),
      onParsedBody: () => this.#warnOfParsedBody(),
    })
    this.loopback = new Loopback(installed, this.#logger)
    const metadata = openIDMetadataWebServices(options.authentication?.serviceAccounts)
    const webServices = [...installed.webServices, ...metadata]
    this.#director = new Director(webServices, this.#mux)
    if (this.#metrics) measureSecurity(this.#metrics, this.#security)
    installOwnPaths(this.#mux, options, {
      director: this.#director,
      openapi: openAPIOf(options, webServices, installed.definitions, this.#logger),
      security: this.#security,
      metrics: this.#metrics,
      health: {
        kv: this.#kv,
        lifecycle: this.#lifecycle,
        logger: this.#logger,
        unsynced: () => this.loopback.unsynced(),
        uncached: () => this.#caches?.unready() ?? [],
      },
    })
    this.#claims = claimsOf(options, this.#director, this.#mux)
    const filters = defaultHandlerChain(options, {
      lifecycle: this.#lifecycle,
      logger: this.#logger,
      isLongRunning: lasts,
      isKnown: servedResources(resources, restResources),
      metrics: this.#metrics,
      security: this.#security,
      onPanic: (ctx, err) => this.#panicked(ctx, err),
    })
    this.#chain = handlerChain(
      filters.map(({ filter }) => filter),
      (ctx) => this.#serve(ctx),
    )
  }

  /** Whose client certificates are taken. */
  get clientCAs(): ClientCAs | undefined {
    return this.#security.authenticator?.clientCAs
  }

  /** Whether a path is this server's to answer. */
  claims(path: string): boolean {
    return this.#claims(path)
  }

  /** Answers a request; all errors become answers. */
  serve(req: IncomingMessage, res: ServerResponse, path: string): void {
    const ctx: RequestContext = new RequestContext(req, res, path, (err) => this.#failed(ctx, err))
    const refusal = headRefusal(req)
    if (refusal) {
      // Where one request's head is in doubt, so is where the next one begins.
      res.setHeader('Connection', 'close')
      void writeStatus(ctx, refusal)
      return
    }
    try {
      const served = this.#chain(ctx)
      if (served) served.catch((err: unknown) => this.#escaped(ctx, err))
    } catch (err) {
      this.#escaped(ctx, err)
    }
  }

  /** Opens the store; resolves when requests can be answered. */
  ready(): Promise<void> {
    this.#ready ??= this.#kv.open(backgroundContext()).then(
      () => {
        this.#isOpen = true
        this.#caches?.start()
      },
      (err: unknown) => {
        // Whoever held the store may be gone by the next request.
        this.#ready = undefined
        throw err
      },
    )
    return this.#ready
  }

  /** Says to those who ask `/readyz` that the server will end; serves on. */
  initiateShutdown(): void {
    this.#lifecycle.initiateShutdown()
  }

  /** Ends watches, lets other requests finish, writes what the audit log holds back, closes the store. */
  close(options: CloseOptions = {}): Promise<void> {
    this.#closed ??= this.#close(options)
    return this.#closed
  }

  async #close({ onDrained, ...drain }: CloseOptions): Promise<void> {
    await this.#lifecycle.drain({ ...DRAIN, ...drain })
    await onDrained?.()
    this.loopback.stop()
    this.#security.flowControl?.close()
    this.#security.close()
    await this.#security.audit?.close()
    this.#caches?.stop()
    await this.#kv.close()
  }

  #serve(ctx: RequestContext): Promise<void> | void {
    return this.#isOpen ? this.#director.direct(ctx) : this.#serveOnceOpen(ctx)
  }

  async #serveOnceOpen(ctx: RequestContext): Promise<void> {
    await this.ready().catch((err: unknown) => this.#unusable(ctx, err))
    if (!ctx.response.headersSent) await this.#director.direct(ctx)
  }

  /** Without a store only paths beside the API, health among them, have something to say. */
  async #unusable(ctx: RequestContext, err: unknown): Promise<void> {
    this.#logger.error({ err }, 'the store cannot be used')
    if (this.#director.ownsRoute(ctx.path)) await writeStatus(ctx, serviceUnavailable(UNUSABLE, RETRY_SECONDS).status)
  }

  /** Only a chain whose panic recovery was taken out lets anything through. */
  #escaped(ctx: RequestContext, err: unknown): void {
    this.#panicked(ctx, err)
    ctx.response.destroy()
  }

  #failed(ctx: RequestContext, err: unknown): void {
    this.#logger.error({ auditID: ctx.auditID, err }, 'a request failed unexpectedly')
  }

  #panicked(ctx: RequestContext, err: unknown): void {
    const { request } = ctx
    const about = { auditID: ctx.auditID, verb: request.method, URI: request.url?.slice(0, 1024) }
    this.#logger.error({ ...about, err }, 'apiserver panicked')
  }

  #warnOfParsedBody(): void {
    if (this.#parsedBodySeen) return
    this.#parsedBodySeen = true
    this.#logger.warn(
      {},
      'express-apiserver: a body parser ran before the API middleware. Bodies are taken as parsed: duplicate fields, integers ' +
        'beyond 2^53 and sizes can no longer be checked. Mount the API before express.json() to have them checked.',
    )
  }
}

const metricsOf = ({ resources, metrics }: ApiServerOptions, lasts: LongRunningRequestCheck): Metrics =>
  new Metrics({ resources, isLongRunning: lasts, ...(typeof metrics === 'object' && { registry: metrics.registry }) })

function measureSecurity(metrics: Metrics, { reviews, flowControl }: Security): void {
  for (const { gvk, options } of reviews) metrics.requests.serve(gvk.group, gvk.version, options.path, [])
  if (flowControl) metrics.registerFlowControl(flowControl)
}

/** @throws TypeError where there is something to be kept, and nowhere to keep it */
function storageOf({ storage, resources, audit }: ApiServerOptions, prefix: string, registry?: Registry): RevisionedKV {
  if (!storage && resources.length > 0)
    throw new TypeError("apiserver needs a storage for its resources: lmdb('./data') or etcd({ hosts: [...] })")
  const kv = storage ?? new NoStore()
  const measured = registry ? measuredKV(registry, kv, prefix, resources) : kv
  return audit ? latencyTrackedKV(measured) : measured
}

function openAPIOf(
  { openapi }: ApiServerOptions,
  webServices: OpenAPISource['webServices'],
  definitions: OpenAPIDefinitions,
  logger: Logger,
): OpenAPIHandler {
  const source = (): OpenAPISource => ({
    info: { title: openapi?.title ?? 'Kubernetes-style API', version: openapi?.version ?? 'v1' },
    webServices,
    definitions,
    securityDefinitions: { BearerToken: bearerToken },
  })
  return new OpenAPIHandler(source, {
    onError: (err) => logger.error({ err }, 'an OpenAPI document could not be built'),
  })
}
