import { readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import type { RouteFunction } from '../filter.js'
import type { Request } from '../request.js'
import type { Response } from '../response.js'
import { WebService } from '../web-service.js'
import type { ApiInfo } from './api-info.js'
import type { DocumentedService } from './documented-routes.js'
import { openApiV2 } from './openapi-v2.js'
import { openApiV3 } from './openapi-v3.js'
import type { Schema } from './schema.js'
import { PAGE_POLICY, SWAGGER_INITIALIZER, SWAGGER_UI_ASSETS, swaggerUiFolder, swaggerUiPage } from './swagger-ui.js'

/** Has the services that are documented; a container does. */
export interface ServiceSource {
  registeredWebServices(): readonly DocumentedService[]
}

/** How an API is documented. */
export interface ApiDocsOptions extends ApiInfo {
  /** Where the documentation is; `/apidocs` by default. */
  readonly path?: string
  /** Whether there is a page beside the documents; true by default, which needs npm `swagger-ui-dist`. */
  readonly ui?: boolean
  /** Services that are documented; all by default. The documentation itself never is. */
  readonly include?: (service: DocumentedService) => boolean
}

/**
 * A service that documents the others, as they are when it is asked: `openapi.json` (OpenAPI 3.1), `swagger.json` (2.0)
 * and a page to read them and to try the API. The page is served from here with all it needs; no request leaves for
 * elsewhere.
 *
 * @throws RegistrationError when there is to be a page and swagger-ui-dist is not installed.
 * @example
 * container.add(apiDocs(container, { path: '/apidocs', title: 'Users', version: '1.0', models: { User: userSchema } }))
 */
export function apiDocs(container: ServiceSource, options: ApiDocsOptions): WebService {
  const ws = new WebService().path(options.path ?? '/apidocs').doc('API documentation')
  const include = options.include ?? (() => true)
  const services = () => container.registeredWebServices().filter((each) => each !== ws && include(each))
  const v3 = new KeptDocument((server, listed) => openApiV3(listed, options, server))
  const v2 = new KeptDocument((server, listed) => openApiV2(listed, options, server))
  ws.route(ws.get('/openapi.json').to((req, res) => writeDocument(res, v3.text(baseUrl(req), services()))))
  ws.route(ws.get('/swagger.json').to((req, res) => writeDocument(res, v2.text(baseUrl(req), services()))))
  if (options.ui ?? true) addPage(ws, options.title)
  return ws
}

function addPage(ws: WebService, title: string): void {
  const folder = swaggerUiFolder()
  const page = swaggerUiPage(title)
  const write =
    (type: string, body: string): RouteFunction =>
    (_req, res) =>
      writeAsset(res, type, body)
  const writePage = write('text/html; charset=utf-8', page)
  ws.route(ws.get('/').to((req, res) => (endsWithSlash(req) ? writePage(req, res) : redirectBelow(req, res))))
  ws.route(ws.get('/swagger-initializer.js').to(write('text/javascript; charset=utf-8', SWAGGER_INITIALIZER)))
  for (const [name, type] of SWAGGER_UI_ASSETS)
    ws.route(ws.get(`/${name}`).to(async (_req, res) => writeAsset(res, type, await readFile(join(folder, name)))))
}

function writeAsset(res: Response, type: string, body: string | Uint8Array): void {
  res.setHeader('Content-Type', type).setHeader('X-Content-Type-Options', 'nosniff')
  res.setHeader('Cache-Control', 'no-cache').setHeader('Content-Security-Policy', PAGE_POLICY)
  res.end(body)
}

function writeDocument(res: Response, text: string): void {
  res.setHeader('Content-Type', 'application/json').setHeader('Cache-Control', 'no-cache')
  res.end(text)
}

// The links of the page are relative, so that it can be mounted anywhere: they need the slash.
function endsWithSlash({ request }: Request): boolean {
  return (request.url ?? '').split('?')[0]!.endsWith('/')
}

function redirectBelow({ request }: Request, res: Response): void {
  const path = (request.url ?? '').split('?')[0]!
  res.setHeader('Location', `${path.slice(path.lastIndexOf('/') + 1)}/`)
  res.writeHeader(302)
}

// Express says where it mounted what serves the request.
function baseUrl({ request }: Request): string {
  const { baseUrl } = request as IncomingMessage & { baseUrl?: unknown }
  return typeof baseUrl === 'string' ? baseUrl : ''
}

/** A document that is made anew only when routes have changed since the last time. */
class KeptDocument {
  readonly #make: (server: string, services: readonly DocumentedService[]) => Schema
  #made: { readonly server: string; readonly routes: readonly unknown[]; readonly text: string } | undefined

  constructor(make: (server: string, services: readonly DocumentedService[]) => Schema) {
    this.#make = make
  }

  text(server: string, services: readonly DocumentedService[]): string {
    // Lists of routes never change: another list is another state.
    const routes = services.map((service) => service.routes())
    const known = this.#made
    const same = known?.server === server && known.routes.length === routes.length
    if (same && known.routes.every((each, i) => each === routes[i])) return known.text
    const text = JSON.stringify(this.#make(server, services))
    this.#made = { server, routes, text }
    return text
  }
}
