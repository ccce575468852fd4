import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context, RequestInfo, UserInfo } from '../../meta/context.js'
import type { AuditSink } from './audit-sink.js'
import { parseQuery } from './query.js'

const ANONYMOUS: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] }

/** One request's context: what storage may see of it, and what the handlers share. Everything costly is made on demand. */
export class RequestContext implements Context {
  user: UserInfo = ANONYMOUS
  /** The user as whom somebody acts; {@link user} is the same then, and was the one who acts before. */
  impersonatedUser: UserInfo | undefined
  requestInfo: RequestInfo | undefined
  deadline: number | undefined
  /** Who is told of this request's body and answer, if it is audited. */
  audit: AuditSink | undefined
  /** Bytes of the answer's body so far, as they are sent. */
  sentBytes = 0
  /** Told of the events of a watch as they are sent, one frame each. */
  onEvents: ((frames: readonly Buffer[]) => void) | undefined
  /** Decoded path below the mount point. */
  readonly path: string
  readonly startedAt = Date.now()
  #query: URLSearchParams | undefined
  #controller: AbortController | undefined
  #warnings: Set<string> | undefined
  #auditID: string | undefined

  constructor(
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    path: string,
    /** Told of errors that are nobody's answer: somebody must hear of them. */
    readonly report: (err: unknown) => void = () => {},
  ) {
    this.path = path
  }

  get query(): URLSearchParams {
    this.#query ??= parseQuery(this.request.url ?? '')
    return this.#query
  }

  /** Aborts when the connection closes before the answer is complete, or when {@link abort} is called. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController()
      this.#controller = controller
      if (this.gone) controller.abort()
      else this.response.once('close', () => this.response.writableFinished || controller.abort())
    }
    return this.#controller.signal
  }

  get aborted(): boolean {
    return this.#controller?.signal.aborted ?? this.gone
  }

  /** Whether nobody waits for the answer any more. HTTP/2's response knows it by its stream alone. */
  get gone(): boolean {
    const { response } = this
    return (
      response.destroyed ||
      response.closed ||
      (response as { stream?: { destroyed: boolean } }).stream?.destroyed === true
    )
  }

  /** Ends whatever still works for this request. */
  abort(reason?: unknown): void {
    void this.signal
    this.#controller?.abort(reason)
  }

  get auditID(): string {
    this.#auditID ??= headerValue(this.request.headers['audit-id']) ?? randomUUID()
    return this.#auditID
  }

  warn(text: string): void {
    this.#warnings ??= new Set()
    this.#warnings.add(text)
  }

  /** What the response's `Warning` headers shall say, each text once, in order. */
  get warnings(): Iterable<string> {
    return this.#warnings ?? []
  }
}

/** What may stand in a header; parsers can be told to let more in than may go out. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]+$/

/** A client's own Audit-ID is kept as it is, as in Kubernetes: how long it can be the server's bound on headers says. */
function headerValue(value: string | string[] | undefined): string | undefined {
  const first = Array.isArray(value) ? value[0] : value
  return first !== undefined && HEADER_VALUE.test(first) ? first : undefined
}
