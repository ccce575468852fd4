import type { IncomingMessage, ServerResponse } from 'node:http'
import { hashedPathV3, type OpenAPISource, type RenderedDocument, RenderedDocuments } from '../openapi/index.js'

const json = 'application/json'
const protobufV2 = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'
/** How kubectl asks for it: `@` is no character of a media type (RFC 6838), so the answer is named otherwise. */
const protobufV2Asked = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'

/** Answers shorter than this many bytes are not worth compressing. */
const smallestGzip = 1400

const yearMs = 365 * 24 * 60 * 60 * 1000

export interface OpenAPIHandlerOptions {
  /** Told about a document that cannot be built; the client is answered 503. */
  readonly onError?: (error: unknown) => void
}

/** A document in one of the media types that it is served in. */
interface Form {
  readonly asked: string
  readonly contentType: string
  readonly document: () => Promise<RenderedDocument>
}

/**
 * Serves `/openapi/v2`, the index `/openapi/v3` and the documents below it.
 *
 * @example
 * ```ts
 * const openapi = new OpenAPIHandler(() => ({ info: { title: 'Wardle', version: 'v1' }, webServices, definitions }))
 * if (openapi.handle(req, res, '/openapi/v2')) return
 * ```
 */
export class OpenAPIHandler {
  readonly #source: () => OpenAPISource
  readonly #onError: (error: unknown) => void
  #documents: RenderedDocuments | undefined

  constructor(source: () => OpenAPISource, options: OpenAPIHandlerOptions = {}) {
    this.#source = source
    this.#onError = options.onError ?? (() => {})
  }

  /** Says that the source has changed: the next request asks for it again and builds anew. */
  invalidate(): void {
    this.#documents = undefined
  }

  /**
   * Answers a request if its path is one of OpenAPI's; as the reference does, whatever its method.
   *
   * @param path the path without a mount path and query
   * @param mountPath what stands before `path` in the client's URL, for redirects
   * @returns whether the request is (being) answered
   */
  handle(req: IncomingMessage, res: ServerResponse, path: string, mountPath = ''): boolean {
    if (path !== '/openapi/v2' && path !== '/openapi/v3' && !path.startsWith('/openapi/v3/')) return false
    this.#serve(req, res, path, mountPath).catch((error: unknown) => {
      this.#onError(error)
      if (res.headersSent) res.destroy()
      else answerText(res, 503, 'the OpenAPI document could not be built')
    })
    return true
  }

  async #serve(req: IncomingMessage, res: ServerResponse, path: string, mountPath: string): Promise<void> {
    this.#documents ??= new RenderedDocuments(this.#source())
    const documents = this.#documents
    if (path === '/openapi/v3') return answer(req, res, json, await documents.v3Index())
    res.appendHeader('Vary', 'Accept')
    if (path === '/openapi/v2') {
      const protobuf = { contentType: protobufV2, document: () => documents.v2Protobuf() }
      const form = negotiate(req.headers.accept, [
        { asked: json, contentType: json, document: () => documents.v2() },
        { asked: protobufV2Asked, ...protobuf },
        { asked: protobufV2, ...protobuf },
      ])
      if (!form) return answerText(res, 406, `only the following media types are accepted: ${json}, ${protobufV2Asked}`)
      return answer(req, res, form.contentType, await form.document())
    }
    return serveV3(req, res, path.slice('/openapi/v3/'.length), mountPath, documents)
  }
}

async function serveV3(
  req: IncomingMessage,
  res: ServerResponse,
  name: string,
  mountPath: string,
  documents: RenderedDocuments,
): Promise<void> {
  const rendering = documents.v3(name)
  if (!rendering) return answerText(res, 404, '404 page not found')
  const form = negotiate(req.headers.accept, [{ asked: json, contentType: json, document: () => rendering }])
  if (!form) return answerText(res, 406, `only the following media types are accepted: ${json}`)
  const document = await form.document()
  const hash = queryHash(req)
  if (hash !== '' && hash !== document.hash) {
    res.writeHead(301, {
      Location: mountPath + hashedPathV3(name, document.hash),
      'Content-Type': json,
      ETag: etag(document),
    })
    res.end()
    return
  }
  if (hash !== '') {
    res.setHeader('Cache-Control', 'public, immutable')
    res.setHeader('Expires', new Date(Date.now() + yearMs).toUTCString())
  }
  return answer(req, res, json, document)
}

/** Sends a document, or only that the client has it already (RFC 9110, 13.1). */
async function answer(
  req: IncomingMessage,
  res: ServerResponse,
  contentType: string,
  document: RenderedDocument,
): Promise<void> {
  res.setHeader('ETag', etag(document))
  res.appendHeader('Vary', 'Accept-Encoding')
  const reads = req.method === 'GET' || req.method === 'HEAD'
  const known = isKnown(req, document, reads)
  if (known) {
    res.writeHead(reads ? 304 : 412).end()
    return
  }
  res.setHeader('Last-Modified', document.renderedAt.toUTCString())
  res.setHeader('Content-Type', contentType)
  const zipped = document.bytes.length >= smallestGzip && acceptsGzip(req.headers['accept-encoding'])
  const body = zipped ? await document.gzip() : document.bytes
  if (zipped) res.setHeader('Content-Encoding', 'gzip')
  res.setHeader('Content-Length', body.length)
  res.writeHead(200)
  res.end(req.method === 'HEAD' ? undefined : body)
}

function etag(document: RenderedDocument): string {
  return `"${document.hash}"`
}

function isKnown(req: IncomingMessage, document: RenderedDocument, reads: boolean): boolean {
  const ifNoneMatch = req.headers['if-none-match']
  if (ifNoneMatch !== undefined) {
    const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
    return tags.includes('*') || tags.includes(etag(document))
  }
  const since = Date.parse(req.headers['if-modified-since'] ?? '')
  return reads && Math.floor(document.renderedAt.getTime() / 1000) * 1000 <= since
}

function answerText(res: ServerResponse, status: number, text: string): void {
  res.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' })
  res.end(`${text}\n`)
}

function queryHash(req: IncomingMessage): string {
  const url = req.url ?? ''
  const query = url.indexOf('?')
  return query < 0 ? '' : (new URLSearchParams(url.slice(query + 1)).get('hash') ?? '')
}

/** The first form that the most wanted clause of an Accept header matches; parameters other than `q` do not count. */
function negotiate(accept: string | undefined, forms: readonly Form[]): Form | undefined {
  for (const range of weighted(accept || '*/*')) {
    const prefix = range.endsWith('/*') ? range.slice(0, -1) : undefined
    const form = forms.find(
      ({ asked }) => range === '*/*' || range === asked || (prefix !== undefined && asked.startsWith(prefix)),
    )
    if (form) return form
  }
  return undefined
}

function acceptsGzip(acceptEncoding: string | string[] | undefined): boolean {
  return weighted(String(acceptEncoding ?? '')).some((coding) => coding === 'gzip' || coding === '*')
}

/** The values of a header by weight, the most wanted first and the unwanted (`q=0`) left out (RFC 9110, 12.4.2). */
function weighted(header: string): string[] {
  const clauses = header.split(',').map((clause) => {
    const [value = '', ...parameters] = clause.split(';').map((part) => part.trim().toLowerCase())
    const q = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1)
    return { value, q: Number.isNaN(q) ? 1 : q, wildcards: value.split('*').length - 1 }
  })
  const wanted = clauses.filter((clause) => clause.value !== '' && clause.q > 0)
  return wanted.sort((a, b) => b.q - a.q || a.wildcards - b.wildcards).map((clause) => clause.value)
}
