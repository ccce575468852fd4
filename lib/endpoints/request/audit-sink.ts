import type { Status } from '../../meta/status.js'
import type { ObjectMeta } from '../../meta/types.js'

/**
 * What reads bodies and writes answers tells this of them, for the events of an audit log. A request that is not audited
 * has none; one of which bodies are not wanted has them neither parsed nor copied.
 */
export interface AuditSink {
  readonly wantsRequestObject: boolean
  readonly wantsResponseObject: boolean
  /** Whether objects are to be told without `metadata.managedFields`. */
  readonly omitsManagedFields: boolean
  /** Adds an annotation to the events to come; the first value of a key stays. */
  annotate(key: string, value: string): void
  /** What the body says of the object, before anything is done to it. */
  objectMeta(metadata: ObjectMeta): void
  /** The body as it came. What {@link requestObject} is told later stands for it. */
  requestBody(body: Buffer): void
  /** The object that the body became: JSON of one line. */
  requestObject(json: string): void
  /** A Status that is the answer. */
  responseStatus(status: Partial<Status>): void
  /** The object that is the answer: pieces of JSON of one line. */
  responseObject(pieces: readonly Buffer[]): void
  /** An answer begins that is no HTTP answer any more: a websocket. */
  responseStarted(code: number): void
}
