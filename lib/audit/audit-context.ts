import type { IncomingMessage } from 'node:http'
import type { RequestInfo, UserInfo } from '../meta/context.js'
import { messageOf } from '../meta/errors.js'
import type { Status } from '../meta/status.js'
import { callerMembers } from './caller-members.js'
import { AuditEvent } from './event.js'
import {
  type Annotation,
  annotationsMember,
  type ObjectName,
  objectRefJSON,
  responseStatusJSON,
  userJSON,
  withAnnotation,
} from './event-members.js'
import { quoted, quotedFromWire } from './json-text.js'
import { formatMicroTime, preciseNow } from './micro-time.js'
import { bodyJSON, piecesJSON } from './object-json.js'
import type { RequestAuditConfig } from './policy-evaluator.js'
import { type Stage, TRUNCATED_ANNOTATION } from './types.js'

/** What is known of a request when it comes. */
export interface AuditedRequest {
  readonly request: IncomingMessage
  readonly info: RequestInfo
  /** Undefined when authentication failed. */
  readonly user: UserInfo | undefined
  readonly auditID: string
  /** Milliseconds since the epoch. */
  readonly receivedAt: number
}

/** Told of what an event may have to be made of at once. */
export interface AuditListener {
  statusAnswered(): void
  responseStarted(code: number): void
}

const MAX_ANNOTATIONS = 128
const MAX_PANIC_MESSAGE = 4096

const CLOSED_EARLY: Partial<Status> = { status: 'Success', message: 'Connection closed early' }

/**
 * Collects what the events of one request tell (Kubernetes' `AuditContext`). Everybody on the request's way may tell it
 * something; what the policy does not ask for costs nothing.
 */
export class AuditContext {
  /** Whether {@link requestBody} and {@link requestObject} do anything. */
  wantsRequestObject = false
  /** Whether {@link responseObject} does anything. */
  wantsResponseObject = false
  /** Whether objects are to be told without `metadata.managedFields`. */
  omitsManagedFields = false
  /** Who makes events of this. */
  listener: AuditListener | undefined
  #config: RequestAuditConfig | undefined
  #asked: AuditedRequest | undefined
  #annotations: Annotation | undefined
  #annotationCount = 0
  #named: ObjectName | undefined
  /** Made once, for most requests say all in their URL. */
  #ref: string | undefined
  #status: Partial<Status> | undefined
  #body: Buffer | undefined
  #requestObject: string | undefined
  #responseObject: string | undefined
  #beforeStage = ''
  #behindStage = ''
  #caller = ''

  /** What the policy asks for; undefined before {@link begin}. */
  get config(): RequestAuditConfig | undefined {
    return this.#config
  }

  /** Takes what the policy says; from here on there are events. */
  begin(config: RequestAuditConfig, asked: AuditedRequest): void {
    this.#config = config
    this.#asked = asked
    this.wantsResponseObject = config.level === 'RequestResponse'
    this.wantsRequestObject = this.wantsResponseObject || config.level === 'Request'
    this.omitsManagedFields = config.omitManagedFields
  }

  /** Adds an annotation to the events to come. The first value of a key stays. */
  annotate(key: string, value: string): void {
    if (this.#annotationCount >= MAX_ANNOTATIONS) return
    const annotations = withAnnotation(this.#annotations, key, value)
    if (annotations !== this.#annotations) this.#annotationCount++
    this.#annotations = annotations
  }

  /** Completes the reference to the object by what its body says, before anything is done to it. */
  objectMeta({ namespace, name, uid, resourceVersion }: ObjectName): void {
    this.#named = { namespace, name, uid, resourceVersion }
    this.#ref = undefined
  }

  /** The body as it came, for requests whose body becomes no object: patches, options of a deletion. */
  requestBody(body: Buffer): void {
    if (this.wantsRequestObject && body.length > 0) this.#body = body
  }

  /** The object that the body became, as JSON of one line. */
  requestObject(json: string): void {
    if (this.wantsRequestObject) this.#requestObject = json
  }

  /** A Status that is the answer, or says how it went. Its code is the answer's own. */
  responseStatus(status: Partial<Status>): void {
    this.#status = status
    this.listener?.statusAnswered()
  }

  /** An answer that is no HTTP answer any more begins, with this code. */
  responseStarted(code: number): void {
    this.listener?.responseStarted(code)
  }

  /** The object that is the answer: pieces of JSON of one line. */
  responseObject(pieces: readonly Buffer[]): void {
    if (!this.wantsResponseObject) return
    this.#responseObject = piecesJSON(pieces)
    if (this.#responseObject === undefined) this.annotate(TRUNCATED_ANNOTATION, 'true')
  }

  /** A request that ends in an error that nobody caught. */
  panicked(err: unknown): void {
    const message = `APIServer panic'd: ${messageOf(err)}`.slice(0, MAX_PANIC_MESSAGE)
    this.#status = { status: 'Failure', message, reason: 'InternalError' }
  }

  /**
   * The event of a stage as things stand now.
   *
   * @param impersonated as whom the request is made by now, if that is somebody else
   * @param code the status code that was sent; undefined before, and where the connection ended first
   */
  event(stage: Stage, impersonated: UserInfo | undefined, code?: number): AuditEvent {
    const { level } = this.#config!
    const { auditID, receivedAt } = this.#asked!
    const received = formatMicroTime(receivedAt)
    const reached = stage === 'RequestReceived' ? received : formatMicroTime(Math.max(preciseNow(), receivedAt))
    return new AuditEvent({
      level,
      stage,
      auditID,
      head: this.#head(stage, impersonated, code),
      objects: this.wantsRequestObject ? this.#objects() : '',
      times: `,"requestReceivedTimestamp":"${received}","stageTimestamp":"${reached}"`,
      annotations: annotationsMember(this.#annotations),
    })
  }

  #head(stage: Stage, impersonated: UserInfo | undefined, code: number | undefined): string {
    const asked = this.#asked!
    if (this.#beforeStage === '') this.#describe(asked)
    const other = impersonated ? `,"impersonatedUser":${userJSON(impersonated)}` : ''
    const { info } = asked
    this.#ref ??= info.isResourceRequest ? `,"objectRef":${objectRefJSON(info, this.#named)}` : ''
    return `${this.#beforeStage}${stage}${this.#behindStage}${other}${this.#caller}${this.#ref}${this.#answer(stage, code)}`
  }

  #answer(stage: Stage, code: number | undefined): string {
    if (stage === 'RequestReceived') return ''
    const status = this.#status
    if (code !== undefined) return `,"responseStatus":${responseStatusJSON(status, code)}`
    return `,"responseStatus":${responseStatusJSON(status ?? CLOSED_EARLY, status?.code ?? 200)}`
  }

  /** What all events of the request say alike. */
  #describe({ request, info, user, auditID }: AuditedRequest): void {
    const { level } = this.#config!
    this.#beforeStage = `"level":"${level}","auditID":${quoted(auditID)},"stage":"`
    const who = user === undefined ? '{}' : userJSON(user)
    this.#behindStage = `","requestURI":${quotedFromWire(requestURI(request))},"verb":${quoted(info.verb)},"user":${who}`
    this.#caller = callerMembers(request)
  }

  #objects(): string {
    if (this.#requestObject === undefined && this.#body !== undefined) {
      this.#requestObject = bodyJSON(this.#body)
      this.#body = undefined
    }
    const request = this.#requestObject === undefined ? '' : `,"requestObject":${this.#requestObject}`
    return this.#responseObject === undefined ? request : `${request},"responseObject":${this.#responseObject}`
  }
}

/** The target as the client sent it: what mounts the API under a path takes that off the front. */
function requestURI(request: IncomingMessage & { originalUrl?: unknown; baseUrl?: unknown }): string {
  const { originalUrl, baseUrl, url = '' } = request
  if (typeof originalUrl === 'string') return originalUrl
  return typeof baseUrl === 'string' ? baseUrl + url : url
}
