import { describe, expect, it } from 'vitest'
import * as errors from '../../lib/meta/errors.js'
import * as field from '../../lib/meta/field/index.js'
import { FieldErrors, fieldPath } from '../../lib/meta/field/index.js'
import { genericServerResponse } from '../../lib/meta/generic-server-response.js'
import { type StatusError, successStatus } from '../../lib/meta/status.js'

const FLUNDERS = { group: 'wardle.example.com', resource: 'flunders' }
const PODS = { group: '', resource: 'pods' }
const A = { name: 'a', group: 'wardle.example.com', kind: 'flunders' }

const CASES: readonly [string, StatusError, number, string | undefined, string, unknown][] = [
  ['notFound', errors.notFound(FLUNDERS, 'a'), 404, 'NotFound', 'flunders.wardle.example.com "a" not found', A],
  [
    'notFound in the core group',
    errors.notFound(PODS, 'x'),
    404,
    'NotFound',
    'pods "x" not found',
    { name: 'x', kind: 'pods' },
  ],
  [
    'alreadyExists',
    errors.alreadyExists(FLUNDERS, 'a'),
    409,
    'AlreadyExists',
    'flunders.wardle.example.com "a" already exists',
    A,
  ],
  [
    'alreadyExists of an object that goes',
    errors.alreadyExists(FLUNDERS, 'a', true),
    409,
    'AlreadyExists',
    'object is being deleted: flunders.wardle.example.com "a" already exists',
    A,
  ],
  [
    'generateNameConflict',
    errors.generateNameConflict(FLUNDERS, 'a'),
    409,
    'AlreadyExists',
    'flunders.wardle.example.com "a" already exists, the server was not able to generate a unique name for the object',
    { ...A, retryAfterSeconds: 1 },
  ],
  [
    'conflict',
    errors.conflict(FLUNDERS, 'a', new Error('the object has been modified')),
    409,
    'Conflict',
    'Operation cannot be fulfilled on flunders.wardle.example.com "a": the object has been modified',
    A,
  ],
  [
    'applyConflict',
    errors.applyConflict([{ reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.spec.x' }], 'm'),
    409,
    'Conflict',
    'm',
    { causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.spec.x' }] },
  ],
  ['badRequest', errors.badRequest('raw'), 400, 'BadRequest', 'raw', undefined],
  ['unauthorized', errors.unauthorized('Unauthorized'), 401, 'Unauthorized', 'Unauthorized', undefined],
  [
    'forbidden',
    errors.forbidden(FLUNDERS, 'a', 'User "u" cannot get'),
    403,
    'Forbidden',
    'flunders.wardle.example.com "a" is forbidden: User "u" cannot get',
    A,
  ],
  [
    'forbidden of a path',
    errors.forbidden({ group: '', resource: '' }, '', 'User "u" cannot get path "/p"'),
    403,
    'Forbidden',
    'forbidden: User "u" cannot get path "/p"',
    {},
  ],
  [
    'methodNotSupported',
    errors.methodNotSupported(PODS, 'watch'),
    405,
    'MethodNotAllowed',
    'watch is not supported on resources of kind "pods"',
    { kind: 'pods' },
  ],
  [
    'notAcceptable',
    errors.notAcceptable(['application/json', 'application/yaml']),
    406,
    'NotAcceptable',
    'only the following media types are accepted: application/json, application/yaml',
    undefined,
  ],
  [
    'unsupportedMediaType',
    errors.unsupportedMediaType(['application/json']),
    415,
    'UnsupportedMediaType',
    'the body of the request was in an unknown format - accepted media types include: application/json',
    undefined,
  ],
  ['gone', errors.gone('raw'), 410, 'Gone', 'raw', undefined],
  ['expired', errors.expired('raw'), 410, 'Expired', 'raw', undefined],
  [
    'requestEntityTooLarge',
    errors.requestEntityTooLarge('limit is 3145728'),
    413,
    'RequestEntityTooLarge',
    'Request entity too large: limit is 3145728',
    undefined,
  ],
  ['tooManyRequests', errors.tooManyRequests('raw', 1), 429, 'TooManyRequests', 'raw', { retryAfterSeconds: 1 }],
  [
    'serverTimeout',
    errors.serverTimeout(PODS, 'list', 2),
    500,
    'ServerTimeout',
    'The list operation against pods could not be completed at this time, please try again.',
    { name: 'list', kind: 'pods', retryAfterSeconds: 2 },
  ],
  [
    'internalError',
    errors.internalError(new Error('boom')),
    500,
    'InternalError',
    'Internal error occurred: boom',
    { causes: [{ message: 'boom' }] },
  ],
  ['serviceUnavailable', errors.serviceUnavailable('raw'), 503, 'ServiceUnavailable', 'raw', undefined],
  ['timeout', errors.timeout('late', 3), 504, 'Timeout', 'Timeout: late', { retryAfterSeconds: 3 }],
  [
    'tooLargeResourceVersion',
    errors.tooLargeResourceVersion('18446744073709551615', 7),
    504,
    'Timeout',
    'Timeout: Too large resource version: 18446744073709551615, current: 7',
    { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }], retryAfterSeconds: 1 },
  ],
]

describe('the errors of the API', () => {
  it.each(CASES)(
    '%s has the code, reason, message and details that clients know',
    (_, err, code, reason, message, details) => {
      const { status } = err
      expect(status.code).toBe(code)
      expect(status.reason).toBe(reason)
      expect(status.message).toBe(message)
      expect(status.details).toEqual(details)
      expect(err.message).toBe(message)
    },
  )

  it('a Status has its keys in the order of the wire', () => {
    const text = JSON.stringify(errors.generateNameConflict(FLUNDERS, 'a').status)
    expect(text).toBe(
      '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"flunders.wardle.example.com \\"a\\" already exists, the server was not able to generate a unique name for the object","reason":"AlreadyExists","details":{"name":"a","group":"wardle.example.com","kind":"flunders","retryAfterSeconds":1},"code":409}',
    )
  })

  it('a success has details and no code', () => {
    expect(JSON.stringify(successStatus({ uid: 'u', kind: 'flunders', group: 'g', name: 'a' }))).toBe(
      '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","details":{"name":"a","group":"g","kind":"flunders","uid":"u"}}',
    )
  })

  it('an expired list may hand out a fresh continue token', () => {
    expect(errors.expired('old', { continue: 'token' }).status.metadata).toEqual({ continue: 'token' })
  })

  it('a name with quotes is escaped', () => {
    expect(errors.notFound(PODS, 'a"b\n').message).toBe('pods "a\\"b\\n" not found')
  })
})

describe('invalid', () => {
  const gk = { group: 'wardle.example.com', kind: 'Flunder' }
  const missing = field.required(fieldPath('metadata', 'name'), 'name or generateName is required')

  it('one field error stands bare in the message and as a cause without its path', () => {
    const { status } = errors.invalid(gk, '', [missing])
    expect(status.message).toBe(
      'Flunder.wardle.example.com "" is invalid: metadata.name: Required value: name or generateName is required',
    )
    expect(status.details).toEqual({
      group: 'wardle.example.com',
      kind: 'Flunder',
      causes: [
        {
          reason: 'FieldValueRequired',
          message: 'Required value: name or generateName is required',
          field: 'metadata.name',
        },
      ],
    })
  })

  it('several stand in brackets, each once in the message and as often as they came among the causes', () => {
    const wrong = field.invalid(fieldPath('spec'), 'x', 'no')
    const { status } = errors.invalid(gk, 'a', [missing, wrong, missing])
    expect(status.message).toBe(
      'Flunder.wardle.example.com "a" is invalid: [metadata.name: Required value: name or generateName is required, spec: Invalid value: "x": no]',
    )
    expect(status.details?.causes).toHaveLength(3)
  })

  it('a kind without a name prints as a leading blank, as patches know it', () => {
    const err = errors.invalid({ group: '', kind: '' }, '', [field.invalid(fieldPath('patch'), '{}', 'bad')])
    expect(err.message).toBe(' "" is invalid: patch: Invalid value: "{}": bad')
  })
})

describe('statusOf', () => {
  it('gives the Status of a StatusError as it is', () => {
    const err = errors.gone('raw')
    expect(errors.statusOf(err)).toBe(err.status)
  })

  it('makes a bare 500 without reason of any other error, and shows no stack', () => {
    const status = errors.statusOf(new FieldErrors([field.invalid(fieldPath('resourceVersion'), 'abc', 'no number')]))
    expect(JSON.stringify(status)).toBe(
      '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"resourceVersion: Invalid value: \\"abc\\": no number","code":500}',
    )
  })

  it.each([undefined, null, 7, {}, Symbol('x')])('answers even when %s was thrown', (thrown) => {
    expect(errors.statusOf(thrown)).toMatchObject({ code: 500, status: 'Failure', message: 'unknown error' })
  })
})

describe('genericServerResponse', () => {
  it.each([
    [404, '', 'NotFound', 'the server could not find the requested resource'],
    [405, '', 'MethodNotAllowed', 'the server does not allow this method on the requested resource'],
    [406, '406: Not Acceptable', 'NotAcceptable', '406: Not Acceptable'],
    [406, '', 'NotAcceptable', 'the server was unable to respond with a content type that the client supports'],
    [406, 'unknown', 'NotAcceptable', 'the server was unable to respond with a content type that the client supports'],
    [415, '415: Unsupported Media Type', 'UnsupportedMediaType', '415: Unsupported Media Type'],
    [422, 'hidden', 'Invalid', 'the server rejected our request due to an error in our request'],
    [500, 'b"m', 'InternalError', 'an error on the server ("b\\"m") has prevented the request from succeeding'],
    [418, 'tea', undefined, 'the server responded with the status code 418 but did not return more information'],
  ])('%i with "%s" has reason %s', (code, message, reason, text) => {
    const { status } = genericServerResponse(code, '', undefined, '', message)
    expect(status).toMatchObject({ code, message: text, details: {} })
    expect(status.reason).toBe(reason)
  })

  it('names the verb and the resource when they are known', () => {
    const { status } = genericServerResponse(409, 'POST', FLUNDERS, 'a', 'why', 2, true)
    expect(status.message).toBe('the server reported a conflict (post flunders.wardle.example.com a)')
    expect(status.reason).toBe('AlreadyExists')
    expect(status.details).toEqual({
      ...A,
      causes: [{ reason: 'UnexpectedServerResponse', message: 'why' }],
      retryAfterSeconds: 2,
    })
  })
})
