import { type Item, partly, recorded, shown, tested } from './item.js'

const FILTERS = 'server/filters.test.ts'
const REPRESENTATION = 'endpoints/representation.test.ts'
const STATUS = 'meta/status.test.ts'
const ERRORS = '%s has the code, reason, message and details that clients know'
const NEGOTIATION = 'endpoints/negotiation.test.ts'
const OPTIONS = 'meta/options.test.ts'

/** What stands before every handler. */
export const D5: readonly Item[] = [
  shown(
    'an audit id, the client’s own or a new one',
    tested(REPRESENTATION, 'keeps the audit id of its request, unless that is no id'),
  ),
  shown(
    'an unforeseen error: 500 in plain text, or a broken answer',
    tested(FILTERS, 'what nobody caught'),
    tested(FILTERS, 'breaks an answer that has begun'),
  ),
  shown(
    'a path that cannot be read: 500 in plain text',
    tested('server/director.test.ts', 'a path that says to watch nothing is an error of the path'),
  ),
  shown(
    'a server that ends: 429, but health and metrics go on',
    tested('server/lifecycle.test.ts', 'tells new requests to come back later, and goes on telling how it is'),
  ),
  partly(
    'Cache-Control, and watches that end with the server',
    'transport security headers and GOAWAY are for the server that listens',
    tested(REPRESENTATION, 'to %s %j has an audit id, may not be cached, and is not sniffed'),
    tested('server/lifecycle.test.ts', 'ends watches cleanly, and finishes what has begun'),
  ),
  shown(
    'the timeout parameter and its bounds',
    tested(FILTERS, '%j ends %i ms after the request came'),
    recorded('limits', 'timeout without a unit'),
  ),
  shown(
    'a request that takes too long: 504',
    tested(FILTERS, 'is a timeout, and nothing is stored after it'),
    tested('server/deadline.test.ts', 'a body that trickles in is answered with a 504 when the time is over'),
  ),
  shown(
    'warnings: form, order, once each, bounded',
    tested(REPRESENTATION, 'that are too many are cut short, and end at 4,096 characters'),
    tested(REPRESENTATION, 'with control characters are dropped: they could begin another header'),
  ),
  shown(
    'CORS',
    tested('server/chain.test.ts', 'a page of another origin'),
    tested('restful/cors.test.ts', 'a request of an allowed origin'),
    recorded('headers', 'an Origin gets no CORS headers unless configured'),
  ),
  shown(
    'authentication',
    tested(
      'server/filters/authentication.test.ts',
      '%s is answered 401 with a Status that says no more, and goes no further',
    ),
    tested('server/filters/audit-authentication.test.ts', 'is told once, when it is answered, without a user'),
  ),
  shown(
    'audit and impersonation',
    tested('server/filters/audit.test.ts', 'tells of a watch when it comes, when its answer begins and when it ends'),
    tested('server/filters/audit.test.ts', 'tells of a panic in place of an answer'),
    tested('server/filters/impersonation.test.ts', 'is asked about each part by itself, as Kubernetes does'),
  ),
  shown(
    'a bound on requests at once: 429 in plain text',
    tested('server/deadline.test.ts', 'more writes at once than allowed are turned away with a time to come back'),
    tested('server/filters/max-in-flight.test.ts', 'one more is turned away as Kubernetes does it'),
    tested(
      'server/filters/priority-and-fairness.test.ts',
      'that finds its queue full is turned away as Kubernetes does it',
    ),
    tested('server/filters/priority-and-fairness.test.ts', 'is told its flow schema and its level by their uids'),
  ),
  shown(
    'authorization',
    tested('server/filters/authorization.test.ts', '%s is refused in the words of Kubernetes'),
    tested(
      'server/filters/authorization.test.ts',
      'that cannot be decided is answered 500 in plain text, without the words of a program, and reported',
    ),
  ),
  shown('the director', tested('server/director.test.ts', 'who answers')),
  shown('watches are long-running, nothing else is', tested(FILTERS, 'has no deadline but its own')),
  shown(
    'the message of a 403',
    tested('server/filters/authorization.test.ts', '%s is refused in the words of Kubernetes'),
  ),
]

const error = (what: string, name: string): Item => shown(what, tested(STATUS, ERRORS, `'${name}'`))

/** Errors and their words. */
export const D6: readonly Item[] = [
  shown(
    'a Status and the order of its fields',
    tested(STATUS, 'a Status has its keys in the order of the wire'),
    recorded('pretty', 'an error, compact'),
  ),
  shown(
    'details, Retry-After, and errors that are no Status',
    tested(STATUS, 'makes a bare 500 without reason of any other error, and shows no stack'),
    tested(REPRESENTATION, 'has one more header when the client shall wait'),
  ),
  error('NotFound', 'notFound'),
  error('AlreadyExists', 'alreadyExists'),
  error('a generated name that is always taken', 'generateNameConflict'),
  error('Conflict', 'conflict'),
  shown('a conflict of an apply', recorded('apply', 'another manager wants another value: conflict')),
  shown(
    'Invalid',
    tested(STATUS, 'invalid'),
    tested(STATUS, 'several stand in brackets, each once in the message and as often as they came among the causes'),
  ),
  error('BadRequest', 'badRequest'),
  error('Unauthorized and Forbidden', 'forbidden'),
  error('a verb that is not supported', 'methodNotSupported'),
  error('NotAcceptable and UnsupportedMediaType', 'notAcceptable'),
  shown('Expired', tested(STATUS, 'an expired list may hand out a fresh continue token')),
  error('TooLarge', 'requestEntityTooLarge'),
  error('TooManyRequests', 'tooManyRequests'),
  error('ServerTimeout', 'serverTimeout'),
  error('InternalError', 'internalError'),
  error('ServiceUnavailable', 'serviceUnavailable'),
  error('Timeout', 'timeout'),
  shown('texts of errors that come from routing', tested(STATUS, 'genericServerResponse')),
  shown(
    'texts of field errors, and how values are shown',
    tested('meta/field.test.ts', 'a field error'),
    tested('meta/go.test.ts', 'goSyntax'),
  ),
]

/** In which form. */
export const D7: readonly Item[] = [
  shown('the best clause of an Accept', tested(NEGOTIATION, 'an answer is in the best form that can be made')),
  shown(
    '406 and the types it lists',
    tested(NEGOTIATION, '%j is not acceptable'),
    recorded('watch-list-invalid', 'an unsupported media type'),
  ),
  shown('tables and metadata, in both versions', tested(NEGOTIATION, 'another form of the object')),
  shown(
    'tables: columns, rows, what they include, in watches',
    tested(REPRESENTATION, 'a table'),
    recorded('watch-transforms', 'Table: the columns only in the first event'),
  ),
  shown(
    'metadata of one where a list is, and the other way round',
    recorded('partial-object-metadata', 'PartialObjectMetadata for a list'),
    recorded('partial-object-metadata', 'PartialObjectMetadataList for one object'),
  ),
  shown(
    'indented for people',
    recorded('pretty', 'curl: indented by two blanks, no line feed at the end'),
    recorded('pretty', 'pretty that is no boolean'),
  ),
  shown(
    'gzip of large answers',
    tested(REPRESENTATION, 'gzip'),
    recorded('headers', 'a big list with Accept-Encoding: gzip is compressed'),
  ),
  shown(
    'how bodies are read',
    tested(NEGOTIATION, 'a body is read by its Content-Type'),
    recorded('field-validation', 'field name in the wrong case, Strict'),
  ),
  shown('the table of the reference', tested(NEGOTIATION, '%j → %s', 'unrecognized/stuff,application/json; pretty=1')),
  shown(
    'what stands in for a form that cannot be made',
    recorded('partial-object-metadata', 'falls back to plain JSON'),
    tested(NEGOTIATION, '%j → %j'),
  ),
]

/** In which order things are checked. */
export const D8: readonly Item[] = [
  partly(
    'bounds on the time of a write and on its body',
    'the time of a write is bounded by its request alone, at most 60 s',
    recorded('limits', 'POST of more than 3 MiB'),
    tested(FILTERS, 'is a timeout, and nothing is stored after it'),
  ),
  shown('GET', recorded('get', 'the export parameter of old is refused'), recorded('get', 'a missing object')),
  shown(
    'LIST and WATCH',
    recorded('watch-list-invalid', 'a bad label selector'),
    recorded('watch-deprecated-paths', 'one object with a field selector for another one'),
  ),
  shown(
    'CREATE',
    recorded('create-body', 'a version that the server does not know'),
    recorded('validation-metadata', 'a name that is wrong in the metadata and a spec that is wrong'),
  ),
  shown(
    'UPDATE',
    recorded('update', 'the name in the body differs from the path'),
    recorded('update', 'an object that does not exist'),
  ),
  shown(
    'PATCH',
    recorded('request-options', 'patch: two things wrong'),
    recorded('patch-json', 'the resourceVersion as a precondition that fails'),
  ),
  shown(
    'DELETE',
    recorded('request-options', 'delete: two things wrong'),
    recorded('dry-run', 'a body makes the query of a delete count for nothing: this one is real'),
  ),
  shown(
    'DELETECOLLECTION',
    recorded('request-options', 'deletecollection: an unknown dryRun'),
    recorded('list-label-selector-invalid', 'and for deletecollection'),
  ),
  shown('CONNECT', tested('endpoints/writes.test.ts', 'a connection that cannot be made is a Status')),
  shown(
    'what a create forgets, and where its namespace comes from',
    recorded('create', 'uid, creationTimestamp, generation, deletionTimestamp, selfLink in the body'),
    tested('registry/create.test.ts', 'gets the namespace of the request, and is refused with another'),
  ),
  shown(
    'what cannot be decoded, and bodies of another name',
    recorded('create-body', 'malformed JSON'),
    recorded('update', 'no name in the body'),
    recorded('delete', 'another kind as the body'),
  ),
]

/** Parameters. */
export const D9: readonly Item[] = [
  shown(
    'unknown ones, several values, flags and numbers',
    tested(OPTIONS, 'counts the first value of each parameter'),
    tested(OPTIONS, 'reads the flag %j as %s'),
    recorded('get', 'an unknown query parameter is ignored'),
  ),
  shown(
    'selectors that cannot be read',
    recorded('list-label-selector-invalid', 'a bad key'),
    recorded('list-field-selector', 'no operator'),
    tested('meta/fields.test.ts', 'escapes what it unescapes'),
  ),
  shown(
    'dryRun',
    recorded('dry-run', 'an unknown value'),
    tested('registry/create.test.ts', 'of every verb stores nothing and says what it would have said'),
  ),
  shown(
    'fieldManager, and what stands in for it',
    recorded('request-options', 'create: a fieldManager that is too long'),
    tested(
      'endpoints/fieldmanager/server.test.ts',
      'a custom resource owns its containers on create, and a program is known by its name',
    ),
  ),
  shown(
    'fieldValidation',
    recorded('field-validation', 'a value of fieldValidation that does not exist'),
    recorded('field-validation', 'unknown fields, default (Warn): stored without them, one warning each'),
  ),
  shown(
    'parameters of some verbs alone',
    tested(OPTIONS, 'of a patch: apply needs a manager, and apply alone may force'),
    recorded('request-options', 'options of other verbs are ignored by create'),
  ),
  shown(
    'what strict validation says of each kind of write',
    recorded('field-validation', 'merge patch, unknown field, Strict'),
    recorded('field-validation', 'apply, duplicate field, Strict'),
    tested('endpoints/patch/patch-types.test.ts', 'tells what strict validation has against it'),
  ),
]
