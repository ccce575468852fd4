import type { RequestInfo } from '../meta/context.js'
import type { Status } from '../meta/status.js'
import { API_VERSION, type Level, type Stage, TRUNCATED_ANNOTATION } from './types.js'

/** A user as events show one. */
export interface EventUser {
  readonly username?: string
  readonly uid?: string
  readonly groups?: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/** What a request was about. */
export type EventObjectReference = Partial<Pick<RequestInfo, 'resource' | 'namespace' | 'name' | 'subresource'>> & {
  readonly uid?: string
  readonly apiGroup?: string
  readonly apiVersion?: string
  readonly resourceVersion?: string
}

/** An event as it is stored and sent (`audit.k8s.io/v1` Event); times have microseconds. */
export interface EventObject {
  readonly kind: 'Event'
  readonly apiVersion: typeof API_VERSION
  readonly level: Level
  readonly auditID: string
  readonly stage: Stage
  readonly requestURI: string
  readonly verb: string
  readonly user: EventUser
  readonly impersonatedUser?: EventUser
  readonly sourceIPs?: readonly string[]
  readonly userAgent?: string
  readonly objectRef?: EventObjectReference
  readonly responseStatus?: Omit<Status, 'kind' | 'apiVersion' | 'status'> & { readonly status?: Status['status'] }
  readonly requestObject?: unknown
  readonly responseObject?: unknown
  readonly requestReceivedTimestamp: string
  readonly stageTimestamp: string
  readonly annotations?: Readonly<Record<string, string>>
}

/** What an {@link AuditEvent} is made of: members as JSON. */
export interface EventParts {
  readonly level: Level
  readonly stage: Stage
  readonly auditID: string
  /** Everything before the objects, beginning with `"level":`. */
  readonly head: string
  /** `,"requestObject":…,"responseObject":…`, or nothing. */
  readonly objects: string
  /** `,"requestReceivedTimestamp":…,"stageTimestamp":…`. */
  readonly times: string
  /** `,"annotations":{…}`, or nothing. */
  readonly annotations: string
}

const LINE_OPEN = `{"kind":"Event","apiVersion":"${API_VERSION}",`

/** One stage of one request, as it was then. Text from the beginning: most events are only ever written. */
export class AuditEvent {
  readonly level: Level
  readonly stage: Stage
  readonly auditID: string
  /** Characters of the line: about what the event takes in memory. */
  readonly size: number
  /** What can be left out; an event without objects is its line alone. */
  readonly #parts: EventParts | undefined
  readonly #line: string

  constructor(parts: EventParts) {
    this.level = parts.level
    this.stage = parts.stage
    this.auditID = parts.auditID
    const { head, objects, times, annotations } = parts
    this.#parts = objects === '' ? undefined : parts
    // Many events wait at once: one flat text each, for a concatenated one is a tree of strings to the garbage collector.
    this.#line = objects === '' ? joined(parts) : ''
    this.size = LINE_OPEN.length + head.length + objects.length + times.length + annotations.length + 1
  }

  /** One line of JSON, without the newline. */
  get line(): string {
    return this.#parts ? joined(this.#parts) : this.#line
  }

  /** The same as an item of an EventList, whose items say no kind. */
  get item(): string {
    return `{${this.line.slice(LINE_OPEN.length)}`
  }

  /** The event as an object. Costs a parse. */
  toJSON(): EventObject {
    return JSON.parse(this.line) as EventObject
  }

  /** The same event without request and response objects, and an annotation that says so; itself if it has none. */
  withoutObjects(): AuditEvent {
    if (this.#parts === undefined) return this
    return new AuditEvent({ ...this.#parts, objects: '', annotations: truncated(this.#parts.annotations) })
  }
}

const joined = ({ head, objects, times, annotations }: EventParts): string =>
  [LINE_OPEN, head, objects, times, annotations, '}'].join('')

const TRUNCATED = `"${TRUNCATED_ANNOTATION}":"true"`

function truncated(annotations: string): string {
  if (annotations === '') return `,"annotations":{${TRUNCATED}}`
  return annotations.includes(TRUNCATED) ? annotations : `${annotations.slice(0, -1)},${TRUNCATED}}`
}
