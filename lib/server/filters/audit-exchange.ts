import {
  type Audit,
  AuditContext,
  type AuditedRequest,
  type RequestAuditConfig,
  type Stage,
} from '../../audit/index.js'
import type { RequestContext } from '../../endpoints/index.js'
import { NON_RESOURCE, type RequestInfo, type UserInfo } from '../../meta/context.js'
import { annotateLatency } from './latency-annotations.js'

/** One audited request and its answer: makes the events of their stages. */
export class AuditedExchange {
  #startedCode: number | undefined
  #isUpgraded = false
  #isOver = false
  #listens = false

  private constructor(
    private readonly ctx: RequestContext,
    private readonly audit: Audit,
    private readonly context: AuditContext,
    private readonly config: RequestAuditConfig,
    private readonly lasts: boolean,
  ) {}

  /**
   * Asks the policy about a request.
   *
   * @param user undefined when nobody knows who it is
   * @param lasts whether the answer's beginning is an event of its own
   * @returns undefined when the request is not to be audited
   */
  static begin(
    ctx: RequestContext,
    audit: Audit,
    user: UserInfo | undefined,
    lasts: (info: RequestInfo) => boolean,
  ): AuditedExchange | undefined {
    const info = ctx.requestInfo ?? infoOfPath(ctx)
    const config = audit.evaluate(info, user)
    if (config.level === 'None') {
      ctx.audit = undefined
      return undefined
    }
    const context = ctx.audit instanceof AuditContext ? ctx.audit : new AuditContext()
    ctx.audit = context
    const asked: AuditedRequest = {
      request: ctx.request,
      info,
      user,
      auditID: ctx.auditID,
      receivedAt: ctx.startedAt,
    }
    context.begin(config, asked)
    const exchange = new AuditedExchange(ctx, audit, context, config, lasts(info))
    context.listener = exchange
    if (exchange.lasts) exchange.#watchHead()
    return exchange
  }

  /** False when the event could not be stored where that must not be. */
  received(): boolean | Promise<boolean> {
    return this.#emit('RequestReceived')
  }

  /** No more events but that of the answer's beginning. */
  endsWithStart(): void {
    this.#isOver = true
  }

  /** What is behind this filter has done its part. Waits where the policy's backends want to be waited for. */
  complete(): Promise<void> | void {
    const { ctx } = this
    if (this.#isUpgraded || ctx.response.writableEnded || ctx.gone) return this.#end()
    // Who was given the connection to speak for itself may go on after it returned.
    this.#endOnClose()
  }

  /** What is behind this filter has failed with an error that nobody caught. */
  async panicked(err: unknown): Promise<void> {
    if (isAbort(err) && this.ctx.gone) {
      await this.#end()
    } else if (!this.#isOver) {
      this.#isOver = true
      this.context.panicked(err)
      await this.#emit('Panic', 500)
    }
  }

  /** A Status is about to be sent: by the handler, or by whoever lost patience with one that does not return. */
  statusAnswered(): void {
    this.#endOnClose()
  }

  /** The connection is handed over with this code. */
  responseStarted(code: number): void {
    this.#isUpgraded = true
    this.#start(code)
  }

  #start(code: number | undefined): void {
    if (this.#startedCode !== undefined || !this.lasts) return
    this.#startedCode = code ?? 0
    void this.#emit('ResponseStarted', code)
  }

  /** An answer that waits for nobody costs no promise. */
  #end(): Promise<void> | void {
    if (this.#isOver) return
    this.#isOver = true
    const { response } = this.ctx
    const code = this.#isUpgraded ? this.#startedCode : response.headersSent ? response.statusCode : undefined
    this.#start(code)
    annotateLatency(this.ctx)
    const stored = this.#emit('ResponseComplete', code)
    if (typeof stored !== 'boolean') return stored.then(() => {})
  }

  #endOnClose(): void {
    if (this.#listens) return
    this.#listens = true
    this.ctx.response.once('close', () => {
      void this.#end()
    })
  }

  #emit(stage: Stage, code?: number): boolean | Promise<boolean> {
    if (this.config.omitStages.has(stage)) return true
    return this.audit.process(this.context.event(stage, this.ctx.impersonatedUser, code))
  }

  /** Every way of beginning an answer leads through `writeHead`. */
  #watchHead(): void {
    const { response } = this.ctx
    const { writeHead } = response
    response.writeHead = ((...args: Parameters<typeof writeHead>) => {
      const result = Reflect.apply(writeHead, response, args)
      this.#start(response.statusCode)
      return result
    }) as typeof writeHead
  }
}

/** What fails because its client left is no panic. */
const isAbort = (err: unknown): boolean => err instanceof Error && err.name === 'AbortError'

/** What is known where nobody has read the request. */
const infoOfPath = ({ path, request }: RequestContext): RequestInfo => ({
  ...NON_RESOURCE,
  path,
  verb: (request.method ?? '').toLowerCase(),
})
