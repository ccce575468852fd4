/**
 * One constructor for each error that a client can be answered with; each makes a {@link StatusError} to throw.
 * Messages and codes follow Kubernetes, because clients match on them.
 */

import { fieldErrorBody } from './field/error.js'
import { aggregateMessages, type FieldErrorList } from './field/error-list.js'
import { quote } from './go/quote.js'
import { type GroupKind, groupKindString } from './group-kind.js'
import { type Failure, failureStatus, type Status, type StatusCause, StatusError } from './status.js'
import { type GroupResource, groupResourceString, type ListMeta } from './types.js'

const HTTP_TOO_MANY_REQUESTS = 429

function failure(parts: Failure): StatusError {
  return new StatusError(failureStatus(parts))
}

function named(gr: GroupResource, name: string): { name: string; group: string; kind: string } {
  return { name, group: gr.group, kind: gr.resource }
}

/** The text of whatever was thrown. */
export function messageOf(err: unknown): string {
  if (err instanceof Error) return err.message
  return typeof err === 'string' ? err : 'unknown error'
}

/** 404: `flunders.wardle.example.com "a" not found`. */
export function notFound(gr: GroupResource, name: string): StatusError {
  const message = `${groupResourceString(gr)} ${quote(name)} not found`
  return failure({ code: 404, reason: 'NotFound', message, details: named(gr, name) })
}

/** 409: `flunders.wardle.example.com "a" already exists`; of an object that is going, `object is being deleted: …`. */
export function alreadyExists(gr: GroupResource, name: string, terminating = false): StatusError {
  const message = existsMessage(gr, name, terminating)
  return failure({ code: 409, reason: 'AlreadyExists', message, details: named(gr, name) })
}

const existsMessage = (gr: GroupResource, name: string, terminating: boolean): string =>
  `${terminating ? 'object is being deleted: ' : ''}${groupResourceString(gr)} ${quote(name)} already exists`

/** 409 for a generateName whose every try was taken; a client may try again after a second. */
export function generateNameConflict(gr: GroupResource, name: string, terminating = false): StatusError {
  const message = `${existsMessage(gr, name, terminating)}, the server was not able to generate a unique name for the object`
  return failure({ code: 409, reason: 'AlreadyExists', message, details: { ...named(gr, name), retryAfterSeconds: 1 } })
}

/** 409: `Operation cannot be fulfilled on flunders.wardle.example.com "a": <err>`. */
export function conflict(gr: GroupResource, name: string, err: unknown): StatusError {
  const message = `Operation cannot be fulfilled on ${groupResourceString(gr)} ${quote(name)}: ${messageOf(err)}`
  return failure({ code: 409, reason: 'Conflict', message, details: named(gr, name) })
}

/** 409 of server-side apply (KEP-555): every field that somebody else owns is a cause. */
export function applyConflict(causes: readonly StatusCause[], message: string): StatusError {
  return failure({ code: 409, reason: 'Conflict', message, details: { causes } })
}

/**
 * 422 with one cause a field error: `Flunder.wardle.example.com "a" is invalid: spec.x: Required value: …`.
 *
 * @example
 * ```ts
 * throw invalid({ group: 'wardle.example.com', kind: 'Flunder' }, 'a', [field.required(fieldPath('spec'), '')])
 * ```
 */
export function invalid(gk: GroupKind, name: string, errors: FieldErrorList): StatusError {
  const causes = errors.map((error) => ({ reason: error.type, message: fieldErrorBody(error), field: error.field }))
  const why =
    causes.length === 0 ? '' : `: ${aggregateMessages(causes.map((cause) => `${cause.field}: ${cause.message}`))}`
  const message = `${groupKindString(gk)} ${quote(name)} is invalid${why}`
  return failure({ code: 422, reason: 'Invalid', message, details: { name, group: gk.group, kind: gk.kind, causes } })
}

/** 400 with the message as it is. */
export function badRequest(message: string): StatusError {
  return failure({ code: 400, reason: 'BadRequest', message })
}

/** 401; without a text `not authorized`. */
export function unauthorized(message = ''): StatusError {
  return failure({ code: 401, reason: 'Unauthorized', message: message === '' ? 'not authorized' : message })
}

/** 403: `flunders.wardle.example.com "a" is forbidden: <err>`; an empty resource (a plain path) gives `forbidden: <err>`. */
export function forbidden(gr: GroupResource, name: string, err: unknown): StatusError {
  const subject = gr.resource === '' ? '' : `${groupResourceString(gr)}${name === '' ? '' : ` ${quote(name)}`} is `
  const message = `${subject}forbidden: ${messageOf(err)}`
  return failure({ code: 403, reason: 'Forbidden', message, details: named(gr, name) })
}

/** 405: `watch is not supported on resources of kind "flunders.wardle.example.com"`. */
export function methodNotSupported(gr: GroupResource, action: string): StatusError {
  const message = `${action} is not supported on resources of kind ${quote(groupResourceString(gr))}`
  return failure({ code: 405, reason: 'MethodNotAllowed', message, details: named(gr, '') })
}

/** 406: nothing that the client accepts can be written. */
export function notAcceptable(mediaTypes: readonly string[]): StatusError {
  const message = `only the following media types are accepted: ${mediaTypes.join(', ')}`
  return failure({ code: 406, reason: 'NotAcceptable', message })
}

/** 415: the body is in a type that nothing reads. */
export function unsupportedMediaType(mediaTypes: readonly string[]): StatusError {
  const accepted = mediaTypes.join(', ')
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted}`
  return failure({ code: 415, reason: 'UnsupportedMediaType', message })
}

/** 410 with reason Gone. */
export function gone(message: string): StatusError {
  return failure({ code: 410, reason: 'Gone', message })
}

/** 410 with reason Expired: a revision or continue token that is compacted away. `metadata.continue` may carry a fresh token. */
export function expired(message: string, metadata?: ListMeta): StatusError {
  return failure({ code: 410, reason: 'Expired', message, metadata })
}

/** 413: `Request entity too large: limit is 3145728`. */
export function requestEntityTooLarge(message: string): StatusError {
  return failure({ code: 413, reason: 'RequestEntityTooLarge', message: `Request entity too large: ${message}` })
}

/** 429 with the message as it is. */
export function tooManyRequests(message: string, retryAfterSeconds: number): StatusError {
  return failure({ code: HTTP_TOO_MANY_REQUESTS, reason: 'TooManyRequests', message, details: { retryAfterSeconds } })
}

/** 500: `The list operation against flunders.wardle.example.com could not be completed at this time, please try again.` */
export function serverTimeout(gr: GroupResource, operation: string, retryAfterSeconds: number): StatusError {
  const resource = groupResourceString(gr)
  const message = `The ${operation} operation against ${resource} could not be completed at this time, please try again.`
  return failure({
    code: 500,
    reason: 'ServerTimeout',
    message,
    details: { ...named(gr, operation), retryAfterSeconds },
  })
}

/** 500: `Internal error occurred: <err>`. */
export function internalError(err: unknown): StatusError {
  const cause = messageOf(err)
  const message = `Internal error occurred: ${cause}`
  return failure({ code: 500, reason: 'InternalError', message, details: { causes: [{ message: cause }] } })
}

/** 500 with the message as it is and no reason: how Kubernetes answers an error that knows no Status. */
export function unclassified(message: string): StatusError {
  return failure({ code: 500, message })
}

/** 503 with the message as it is. */
export function serviceUnavailable(message: string, retryAfterSeconds = 0): StatusError {
  const details = retryAfterSeconds > 0 ? { retryAfterSeconds } : undefined
  return failure({ code: 503, reason: 'ServiceUnavailable', message, details })
}

/** 504: `Timeout: <message>`. */
export function timeout(message: string, retryAfterSeconds = 0): StatusError {
  return failure({ code: 504, reason: 'Timeout', message: `Timeout: ${message}`, details: { retryAfterSeconds } })
}

/** 504 for a resourceVersion that the server has not reached; clients recognise the cause `ResourceVersionTooLarge`. */
export function tooLargeResourceVersion(
  requested: number | bigint | string,
  current: number | bigint | string,
  retryAfterSeconds = 1,
): StatusError {
  const message = `Timeout: Too large resource version: ${requested}, current: ${current}`
  const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }]
  return failure({ code: 504, reason: 'Timeout', message, details: { causes, retryAfterSeconds } })
}

/**
 * The Status of anything thrown. What is no {@link StatusError} is a 500 with the bare message and no reason, as clients of
 * Kubernetes know it; a stack never leaves the server.
 */
export function statusOf(err: unknown): Status {
  if (err instanceof StatusError) return err.status
  return failureStatus({ code: 500, message: messageOf(err) })
}
