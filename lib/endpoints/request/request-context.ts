import { randomUUID } from 'node:crypto'
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { ServerHttp2Stream } from 'node:http2'
import type { Context, RequestInfo, UserInfo } from '../../meta/context.js'
import type { AuditSink } from './audit-sink.js'
import { parseQuery } from './query.js'
import { type RequestHead, requestHead } from './request-head.js'
import type { WarningRecorder } from './warning-recorder.js'

const ANONYMOUS: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] }

const NOBODY: readonly (() => void)[] = []

/** Where a request may spend its time, as kube-apiserver's audit annotations call it. */
export type RequestLayer = 'apf-queue-wait' | 'etcd'

/** One request's context: what storage may see of it, and what the handlers share. Everything costly is made on demand. */
export class RequestContext implements Context {
  user: UserInfo = ANONYMOUS
  /** The user as whom somebody acts; {@link user} is the same then, and was the one who acts before. */
  impersonatedUser: UserInfo | undefined
  requestInfo: RequestInfo | undefined
  deadline: number | undefined
  /** Who is told of this request's body and answer, if it is audited. */
  audit: AuditSink | undefined
  /** Who keeps what {@link warn} is told; without one nobody is told. */
  warningRecorder: WarningRecorder | undefined
  /** Bytes of the answer's body so far, as they are sent. */
  sentBytes = 0
  /** Told of the events of a watch as they are sent, one frame each. */
  onEvents: ((frames: readonly Buffer[]) => void) | undefined
  /** Told once, when what there was at the beginning of a watch is out: from then on it mostly waits. */
  onWatchInitialized: (() => void) | undefined
  /** Decoded path below the mount point. */
  readonly path: string
  /** What the request says before its body, to be looked at instead of {@link request}. */
  readonly head: RequestHead
  /**
   * What goes on of the answer after its handler returned: a watch under way. Filters wait for it, so that what found and
   * began it need not stay in memory for as long as it lasts.
   */
  streaming: Promise<void> | undefined
  readonly #stream: ServerHttp2Stream | undefined
  #query: URLSearchParams | undefined
  #controller: AbortController | undefined
  #followsConnection = false
  #abortedBy: { readonly reason: unknown } | undefined
  #onAbort: readonly (() => void)[] = NOBODY
  #startedAt: number | undefined
  #latencies: Map<RequestLayer, number> | undefined
  #headers: OutgoingHttpHeaders | undefined
  #auditID: string | undefined

  constructor(
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    path: string,
    /** Told of errors that are nobody's answer: somebody must hear of them. */
    readonly report: (err: unknown) => void = () => {},
  ) {
    this.path = path
    this.head = requestHead(request)
    // Of HTTP/2's response alone.
    this.#stream = (response as { stream?: ServerHttp2Stream }).stream
  }

  /** When the request was received, in milliseconds since the epoch: as a filter said, or when somebody asked first. */
  get startedAt(): number {
    this.#startedAt ??= Date.now()
    return this.#startedAt
  }

  set startedAt(milliseconds: number) {
    this.#startedAt = milliseconds
  }

  /**
   * Header fields for the answer, sent together with its own in one `writeHead`, which is much cheaper than `setHeader`.
   * What the response has under the same name when its head is sent goes before.
   */
  get headers(): OutgoingHttpHeaders {
    this.#headers ??= {}
    return this.#headers
  }

  /** Adds to the milliseconds that this request has spent in a layer. Told of slow requests alone. */
  addLatency(layer: RequestLayer, milliseconds: number): void {
    this.#latencies ??= new Map()
    this.#latencies.set(layer, (this.#latencies.get(layer) ?? 0) + milliseconds)
  }

  get latencies(): ReadonlyMap<RequestLayer, number> | undefined {
    return this.#latencies
  }

  get query(): URLSearchParams {
    this.#query ??= parseQuery(this.head.url)
    return this.#query
  }

  /** Aborts when the connection closes before the answer is complete, or when {@link abort} is called. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#followConnection()
      this.#controller = new AbortController()
      if (this.#abortedBy) this.#controller.abort(this.#abortedBy.reason)
    }
    return this.#controller.signal
  }

  get aborted(): boolean {
    return this.#followsConnection ? this.#abortedBy !== undefined : this.gone
  }

  onAbort(f: () => void): void {
    this.#followConnection()
    if (this.#abortedBy) f()
    else this.#onAbort = this.#onAbort.concat(f)
  }

  offAbort(f: () => void): void {
    this.#onAbort = this.#onAbort.filter((known) => known !== f)
  }

  /** Whether nobody waits for the answer any more. HTTP/2's response knows it by its stream alone. */
  get gone(): boolean {
    const { response } = this
    const stream = this.#stream
    if (stream) return stream.destroyed || stream.closed
    // A closed response of HTTP/1.1 is a destroyed one.
    return response.destroyed || (isQueued(response) && this.request.socket?.destroyed === true)
  }

  /** Whether the answer is out as a whole. Node ends a stream for its client that reset it: that is no answer's end. */
  get answered(): boolean {
    const { response } = this
    return response.writableFinished && !this.#stream?.aborted
  }

  /** Ends whatever still works for this request. */
  abort(reason?: unknown): void {
    this.#followsConnection = true
    if (this.#abortedBy) return
    this.#abortedBy = { reason }
    this.#controller?.abort(reason)
    const told = this.#onAbort
    this.#onAbort = NOBODY
    for (const f of told) f()
  }

  /** Nobody is told of a connection's end who did not ask: most answers are complete before it could matter. */
  #followConnection(): void {
    if (this.#followsConnection) return
    this.#followsConnection = true
    const { request, response } = this
    if (this.gone) {
      this.abort()
      return
    }
    const closed = () => this.answered || this.abort()
    const stream = this.#stream
    // The response to a HEAD that is reset says nothing; and what came of a body must not be taken for all of it.
    if (stream) stream.on('aborted', closed).on('close', closed)
    else response.on('close', closed)
    if (isQueued(response)) request.on?.('close', () => this.gone && closed())
  }

  get auditID(): string {
    this.#auditID ??= headerValue(this.head.headers['audit-id']) ?? randomUUID()
    return this.#auditID
  }

  warn(text: string): void {
    this.warningRecorder?.record(text)
  }
}

/** HTTP/1.1's pipelines: a response whose turn has not come hears nothing of its connection, but its request does. */
const isQueued = (response: ServerResponse): boolean => response.socket === null && !response.writableEnded

/** What may stand in a header; parsers can be told to let more in than may go out. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]+$/

/** A client's own Audit-ID is kept as it is, as in Kubernetes: how long it can be the server's bound on headers says. */
function headerValue(value: string | string[] | undefined): string | undefined {
  const first = Array.isArray(value) ? value[0] : value
  return first !== undefined && HEADER_VALUE.test(first) ? first : undefined
}
