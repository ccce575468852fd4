import { quote } from './go/quote.js'
import { failureStatus, type StatusDetails, StatusError, type StatusReason } from './status.js'
import { type GroupResource, groupResourceString } from './types.js'

const NO_RESOURCE: GroupResource = { group: '', resource: '' }

const ANSWERS: ReadonlyMap<number, readonly [StatusReason, string]> = new Map([
  [400, ['BadRequest', 'the server rejected our request for an unknown reason']],
  [401, ['Unauthorized', 'the server has asked for the client to provide credentials']],
  [403, ['Forbidden', '']],
  [404, ['NotFound', 'the server could not find the requested resource']],
  [405, ['MethodNotAllowed', 'the server does not allow this method on the requested resource']],
  [406, ['NotAcceptable', 'the server was unable to respond with a content type that the client supports']],
  [409, ['Conflict', 'the server reported a conflict']],
  [415, ['UnsupportedMediaType', '']],
  [422, ['Invalid', 'the server rejected our request due to an error in our request']],
  [429, ['TooManyRequests', 'the server has received too many requests and has asked us to try again later']],
  [503, ['ServiceUnavailable', 'the server is currently unable to handle the request']],
  [
    504,
    [
      'Timeout',
      'the server was unable to return a response in the time allotted, but may still be processing the request',
    ],
  ],
])

/** For these codes the message that came along says more than a fixed text could. */
const OWN_MESSAGE: ReadonlySet<number> = new Set([403, 406, 415])

/**
 * The Status for a bare HTTP code that no resource has explained, such as a route that does not exist.
 *
 * @param code HTTP status code.
 * @param verb The request's verb, for the message; only read where a resource is given.
 * @param message What is known about it; shown for 403, 406, 415 and unknown 5xx codes.
 * @param isUnexpectedResponse Adds the message as a cause `UnexpectedServerResponse`.
 * @example
 * ```ts
 * genericServerResponse(404).status.message // the server could not find the requested resource
 * ```
 */
export function genericServerResponse(
  code: number,
  verb = '',
  gr: GroupResource = NO_RESOURCE,
  name = '',
  message = '',
  retryAfterSeconds = 0,
  isUnexpectedResponse = false,
): StatusError {
  const [reason, text] = answerFor(code, verb, message)
  const resource = gr.resource === '' && gr.group === '' ? '' : groupResourceString(gr)
  const subject = resource === '' ? '' : ` (${verb.toLowerCase()} ${resource}${name === '' ? '' : ` ${name}`})`
  const causes = isUnexpectedResponse ? [{ reason: 'UnexpectedServerResponse', message }] : []
  const details: StatusDetails = { name, group: gr.group, kind: gr.resource, causes, retryAfterSeconds }
  return new StatusError(failureStatus({ code, reason, message: `${text}${subject}`, details }))
}

function answerFor(code: number, verb: string, message: string): readonly [StatusReason | undefined, string] {
  const answer = ANSWERS.get(code)
  if (answer !== undefined) {
    const [reason, text] = answer
    if (code === 409 && verb === 'POST') return ['AlreadyExists', text]
    return [reason, OWN_MESSAGE.has(code) && message !== '' && message !== 'unknown' ? message : text]
  }
  if (code >= 500) {
    return ['InternalError', `an error on the server (${quote(message)}) has prevented the request from succeeding`]
  }
  return [undefined, `the server responded with the status code ${code} but did not return more information`]
}
