import { type RequestContext, setStandardHeaders, writeBody } from '../endpoints/index.js'
import { encodeJSON, prettyJSON } from '../runtime/json/index.js'
import type { Director } from './director.js'
import { installFlowControlDebug } from './flow-control-debug.js'
import { type HealthCheckParts, installHealthChecks } from './health-checks.js'
import type { Metrics } from './metrics/index.js'
import type { OpenAPIHandler } from './openapi-handler.js'
import type { ApiServerOptions } from './options.js'
import type { PathRecorderMux } from './path-recorder-mux.js'
import type { Security } from './security.js'
import { writeText } from './text.js'

/** What the server tells of itself. */
export interface OwnPathsParts {
  readonly director: Director
  readonly openapi: OpenAPIHandler
  readonly security: Security
  readonly metrics: Metrics | undefined
  readonly health: HealthCheckParts
}

/** Serves what belongs to no resource: OpenAPI documents, health, metrics, the index of all paths. */
export function installOwnPaths(mux: PathRecorderMux, options: ApiServerOptions, parts: OwnPathsParts): void {
  const { openapi, metrics, director } = parts
  const document = (ctx: RequestContext, path: string): void => {
    setStandardHeaders(ctx)
    if (!openapi.handle(ctx.request, ctx.response, path, mountPath(ctx.request)))
      writeText(ctx, 404, '404 page not found\n')
  }
  mux.handle('/openapi/v2', document).handle('/openapi/v3', document).unlistedHandlePrefix('/openapi/v3/', document)
  if (options.health) installHealthChecks(mux, parts.health, options.healthChecks ?? [])
  const { flowControl } = parts.security
  if (flowControl) installFlowControlDebug(mux, flowControl)
  if (metrics) mux.handle('/metrics', (ctx) => metrics.serve(ctx))
  if (options.index) {
    const index = (ctx: RequestContext) =>
      writeBody(ctx, 200, 'application/json', prettyJSON(encodeJSON({ paths: listedPaths(director, mux) })))
    mux.unlistedHandle('/', index).unlistedHandle('/index.html', index)
  }
}

function listedPaths(director: Director, mux: PathRecorderMux): string[] {
  const roots = director.container.registeredWebServices().map((webService) => webService.rootPath())
  return [...new Set([...roots, ...mux.listedPaths()])].sort()
}

/** What stands before `req.url` in the client's URL, when Express mounted the middleware under a path. */
const mountPath = (req: RequestContext['request'] & { baseUrl?: unknown }): string =>
  typeof req.baseUrl === 'string' ? req.baseUrl : ''
