import type { ServerResponse } from 'node:http'
import { CompressingResponseWriter } from './compressing-response-writer.js'
import { chooseAccessor } from './entity-negotiation.js'
import { DEFAULT_SETTINGS, type EntitySettings } from './entity-settings.js'
import { jsonText } from './json-accessor.js'
import type { ServiceError } from './service-error.js'

// Fields that speak of a body.
const BODY_FIELDS = ['Content-Type', 'Content-Length', 'Content-Encoding', 'ETag', 'Last-Modified']

/**
 * The answer to a request. Status and header fields are held back until the first byte of the body, so their order of
 * calls does not matter; the first status given stays.
 *
 * A route function is done when it returns, or when the promise it returned is settled: an answer it began here is then
 * ended, and one it never touched is an empty 200. Who takes the raw `response` ends it himself.
 *
 * @example
 * ws.route(ws.get('/{id}').to((req, res) => res.writeHeaderAndJson(202, { id: req.pathParameter('id') })))
 */
export class Response {
  readonly #raw: ServerResponse
  readonly #writer: CompressingResponseWriter
  readonly #settings: EntitySettings
  #produces: readonly string[] = []
  #error: Error | undefined
  #rawTaken = false
  #began = false
  #status = 0
  #pretty: boolean

  constructor(raw: ServerResponse, settings: EntitySettings = DEFAULT_SETTINGS) {
    this.#raw = raw
    this.#writer = new CompressingResponseWriter(raw, settings.compressors)
    this.#settings = settings
    this.#pretty = settings.prettyPrint
  }

  /** The answer as Node gave it; of an HTTP/2 connection its compatibility object. Its taker ends it. */
  get response(): ServerResponse {
    this.#rawTaken = true
    return this.#raw
  }

  /** Whether the status line and header fields are on their way. */
  get headersSent(): boolean {
    return this.#raw.headersSent
  }

  /**
   * Sets the status code, unless one was set before.
   *
   * @throws RangeError for a status outside 100 to 999.
   * @example res.writeHeader(204)
   */
  writeHeader(status: number): void {
    this.#began = true
    if (this.#status !== 0 || this.#raw.headersSent) return
    if (!Number.isInteger(status) || status < 100 || status > 999) throw new RangeError(`invalid status code ${status}`)
    this.#status = status
    this.#raw.statusCode = status
  }

  /** Adds a field, next to those of the same name. @example res.addHeader('Set-Cookie', 'a=1') */
  addHeader(name: string, value: string): this {
    const present = this.#raw.getHeader(name)
    if (present === undefined) this.#raw.setHeader(name, value)
    else this.#raw.setHeader(name, Array.isArray(present) ? [...present, value] : [String(present), value])
    return this
  }

  /** Sets a field, in the place of those of the same name. @example res.setHeader('Cache-Control', 'no-store') */
  setHeader(name: string, value: string | readonly string[]): this {
    this.#raw.setHeader(name, typeof value === 'string' ? value : [...value])
    return this
  }

  /** The value of a field to be sent. @example res.header('Content-Type') */
  header(name: string): string | undefined {
    const value = this.#raw.getHeader(name)
    return value === undefined ? undefined : Array.isArray(value) ? value.join(', ') : String(value)
  }

  /**
   * Sends a part of the body. Returns false when the connection is full (wait for `drained`) and when the answer was
   * ended before.
   *
   * @example if (!res.write('first line\n')) await res.drained()
   */
  write(chunk: string | Uint8Array): boolean {
    this.#began = true
    return this.#writer.write(chunk)
  }

  /** Resolves when more may be written, or when there is nobody left to write to. @example await res.drained() */
  drained(): Promise<void> {
    return this.#writer.drained()
  }

  /** Sends the last part of the body, or none, and ends the answer. @example res.end() */
  end(chunk?: string | Uint8Array): void {
    this.#began = true
    this.#writer.end(chunk)
  }

  /**
   * Sends a value with status 200 in the representation the request accepts and the route produces, and ends the
   * answer: 406 when nobody can write one. No body for undefined or null.
   *
   * @throws what the accessor throws for a value it cannot write; nothing has been sent then.
   * @example res.writeEntity(user)
   */
  writeEntity(value: unknown): void {
    this.writeHeaderAndEntity(200, value)
  }

  /** The same with a status. @example res.writeHeaderAndEntity(201, made) */
  writeHeaderAndEntity(status: number, value: unknown): void {
    const accept = String(this.#raw.req?.headers.accept ?? '')
    const empty = value === undefined || value === null
    const chosen = empty ? undefined : chooseAccessor(accept, this.#produces, this.#settings)
    if (chosen === undefined) this.#writeBody(empty ? status : 406, undefined, '')
    else this.#writeBody(status, chosen.accessor.write(value, { pretty: this.#pretty }), chosen.contentType)
  }

  /**
   * Sends a value as JSON with status 200, whatever the request accepts, and ends the answer. No body for undefined or null.
   *
   * @throws TypeError when the value cannot be encoded; nothing has been sent then.
   * @example res.writeAsJson({ kind: 'Flunder' })
   */
  writeAsJson(value: unknown): void {
    this.writeHeaderAndJson(200, value)
  }

  /** The same with a status and a content type. @example res.writeHeaderAndJson(201, made, 'application/json') */
  writeHeaderAndJson(status: number, value: unknown, contentType = 'application/json'): void {
    // Encoded before anything is sent, so that a value that cannot be encoded is still answered with an error.
    const body = value === undefined || value === null ? undefined : jsonText(value, this.#pretty)
    this.#writeBody(status, body, contentType)
  }

  /**
   * Sends a value as XML with status 200, whatever the request accepts, and ends the answer. No body for undefined or null.
   *
   * @throws TypeError when the value has names that XML does not know; nothing has been sent then.
   * @example res.writeAsXml({ name: 'Ada' })
   */
  writeAsXml(value: unknown): void {
    this.writeHeaderAndXml(200, value)
  }

  /** The same with a status. @example res.writeHeaderAndXml(201, made) */
  writeHeaderAndXml(status: number, value: unknown): void {
    const accessor = this.#settings.accessors.at('application/xml')
    const body = value === undefined || value === null ? undefined : accessor?.write(value, { pretty: this.#pretty })
    this.#writeBody(status, body, 'application/xml')
  }

  /**
   * Sends a status with a text that says why, and ends the answer. The text goes into the body alone.
   *
   * @example res.writeErrorString(404, 'no such flunder')
   */
  writeErrorString(status: number, reason: string): void {
    this.writeHeader(status)
    if (reason !== '' && !this.#raw.headersSent) {
      this.#raw.setHeader('Content-Type', 'text/plain; charset=utf-8')
      // The text may quote a stranger's path; no browser shall take it for a page.
      this.#raw.setHeader('X-Content-Type-Options', 'nosniff')
    }
    this.end(reason === '' ? undefined : reason)
  }

  /** Sends a status with the message of an error, and ends the answer. @example res.writeError(409, error) */
  writeError(status: number, error: Error | undefined): void {
    this.#error = error
    this.writeErrorString(status, error?.message ?? '')
  }

  /**
   * Sends a service error with its status, its header fields and its message, and ends the answer.
   *
   * @example res.writeServiceError(new ServiceError(429, 'slow down', { 'Retry-After': '1' }))
   */
  writeServiceError(error: ServiceError): void {
    this.#writeErrorHeader(error)
    this.writeErrorString(error.code, error.message)
  }

  /**
   * Sends a service error as an entity `{ code, message }`, in the representation the request accepts.
   *
   * @example container.serviceErrorHandler((error, req, res) => res.writeServiceErrorEntity(error))
   */
  writeServiceErrorEntity(error: ServiceError): void {
    this.#writeErrorHeader(error)
    this.writeHeaderAndEntity(error.code, { code: error.code, message: error.message })
  }

  /** The error that was written last, for filters and logs behind. @example if (res.error()) log(res.error()) */
  error(): Error | undefined {
    return this.#error
  }

  /** Whether JSON and XML are indented from now on. @example res.prettyPrint(true) */
  prettyPrint(pretty: boolean): this {
    this.#pretty = pretty
    return this
  }

  /** The status code, 200 until another is set. */
  statusCode(): number {
    return this.#status === 0 ? this.#raw.statusCode : this.#status
  }

  /** Bytes of the body written here so far. */
  contentLength(): number {
    return this.#writer.contentLength
  }

  /** Sends what is held back: the header fields now, and through a compressing middleware what it keeps. */
  flush(): void {
    this.#began = true
    this.#writer.flush()
  }

  /** Says what is produced and whether it may be compressed. @internal */
  routed(produces: readonly string[], compress: boolean): void {
    this.#produces = produces
    this.#writer.mayCompress = compress
  }

  /** Ends what the route function left open. @internal */
  finish(): void {
    if (this.#writer.ended || this.#raw.destroyed) return
    if (this.#began || (!this.#rawTaken && !this.#raw.headersSent)) this.end()
  }

  /**
   * Forgets what was said of an answer of which nothing is sent yet: another comes in its place.
   *
   * @internal
   */
  reset(): void {
    if (this.#raw.headersSent) return
    this.#status = 0
    this.#raw.statusCode = 200
    for (const name of BODY_FIELDS) this.#raw.removeHeader(name)
  }

  /** Breaks off an answer that cannot be completed. @internal */
  abort(): void {
    if (!this.#writer.ended) this.#raw.destroy()
  }

  /** The raw answer for those who see to its end themselves. @internal */
  raw(): ServerResponse {
    return this.#raw
  }

  #writeBody(status: number, body: string | Uint8Array | undefined, contentType: string): void {
    this.writeHeader(status)
    if (body !== undefined && !this.#raw.headersSent) this.#raw.setHeader('Content-Type', contentType)
    this.end(body)
  }

  #writeErrorHeader(error: ServiceError): void {
    this.#error = error
    if (this.#raw.headersSent) return
    for (const [name, value] of Object.entries(error.headers)) this.setHeader(name, value)
  }
}
