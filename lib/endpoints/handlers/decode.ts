import { badRequest, invalid } from '../../meta/errors.js'
import { quote } from '../../meta/go/index.js'
import { StatusError } from '../../meta/status.js'
import type { KubeObject } from '../../meta/types.js'
import type { KindVersion } from '../../runtime/kind.js'
import { UnmarshalTypeError } from '../../runtime/schema/index.js'
import type { Steps } from '../../runtime/steps.js'
import { mediaTypeOf } from '../negotiation/negotiate.js'
import { type DecodeBody, type DecodedBody, yamlSerializer } from '../negotiation/serializers.js'
import type { RequestContext } from '../request/request-context.js'
import type { RequestScope } from '../request-scope.js'
import { auditRequestObject } from '../response/audit.js'
import { type StrictErrors, strictErrors, strictErrorTexts } from './strict-errors.js'

/** What to do about unknown and duplicate fields (KEP-2885). */
export type FieldValidation = 'Ignore' | 'Warn' | 'Strict'

/**
 * Reads a body into the internal form of the endpoint's kind: syntax, kind and version, types, unknown and duplicate
 * fields, defaults.
 *
 * @throws StatusError 400, 413
 */
export function* decodeObject(
  ctx: RequestContext,
  scope: RequestScope,
  body: Buffer,
  decode: DecodeBody,
  validation: FieldValidation,
): Steps<KubeObject> {
  const { kind } = scope
  let decoded: DecodedBody
  try {
    decoded = decode()
  } catch (err) {
    if (err instanceof StatusError) throw err
    throw unreadable(kind, body, (err as Error).message)
  }
  yield
  const object = objectOf(decoded.value, kind, body)
  requireKind(object, scope)
  const { object: versioned, unknown } = yield* handled(kind, admitFields(object, kind))
  if (validation !== 'Ignore' && decoded.duplicates.length + unknown.length > 0) {
    yield
    const isYAML = mediaTypeOf(ctx.request.headers['content-type'] ?? '') === yamlSerializer.mediaType
    reportStrict(ctx, kind, strictErrors(kind, body, decoded, unknown, isYAML), validation)
  }
  if (ctx.audit) auditRequestObject(ctx.audit, versioned)
  return internalForm(versioned, kind)
}

/**
 * The internal form of an object. Where versions convert, the schema of the client's version speaks first: conversions
 * may rely on it, and clients hear of fields that they know.
 *
 * @throws StatusError 422
 */
export function internalForm(object: KubeObject, kind: KindVersion): KubeObject {
  const errors = kind.converts && !kind.typed ? kind.schema.validate(object) : []
  if (errors.length > 0) throw invalid(kind.gvk, object.metadata.name ?? '', errors)
  return kind.toInternal(object)
}

/**
 * Types, unknown fields and defaults of an object that is to become one of `kind`. Changes and returns `object`, and gives
 * the paths of what was unknown.
 *
 * @throws UnmarshalTypeError for a value of the wrong type
 */
export function* admitFields(
  object: KubeObject,
  kind: KindVersion,
): Steps<{ object: KubeObject; unknown: readonly string[] }> {
  if (kind.typed) kind.schema.coerce(object)
  else kind.schema.coerceMetadata(object)
  yield
  const unknown = kind.schema.prune(object)
  yield
  if (object.metadata === undefined || object.metadata === null) object.metadata = {}
  kind.schema.applyDefaults(object)
  kind.applyDefaults(object)
  yield
  if (kind.typed) kind.schema.omitEmpty(object)
  yield
  return { object, unknown }
}

/** Warns of, or refuses, what the kind does not know. */
function reportStrict(
  ctx: RequestContext,
  kind: KindVersion,
  errors: StrictErrors,
  validation: 'Warn' | 'Strict',
): void {
  if (validation === 'Strict')
    throw badRequest(cannotBeHandled(kind, `strict decoding error: ${strictErrorTexts(errors).join(', ')}`))
  for (const text of [...errors.keys, ...errors.fields]) ctx.warn(text)
}

function* handled<T>(kind: KindVersion, read: Steps<T>): Steps<T> {
  try {
    return yield* read
  } catch (err) {
    throw err instanceof UnmarshalTypeError ? badRequest(cannotBeHandled(kind, err.message)) : err
  }
}

const cannotBeHandled = (kind: KindVersion, why: string): string =>
  `${kind.gvk.kind} in version ${quote(kind.gvk.version)} cannot be handled as a ${kind.gvk.kind}: ${why}`

function objectOf(value: unknown, kind: KindVersion, body: Buffer): KubeObject {
  // Decoding nothing (`null`, an empty YAML document) into a type leaves an empty object, which then lacks a name.
  if (value === null) return { metadata: {} }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw unreadable(kind, body, 'cannot unmarshal the body into an object')
  return value as KubeObject
}

function requireKind(object: KubeObject, scope: RequestScope): void {
  const { kind } = scope
  const says = { apiVersion: typeName(object.apiVersion, 'apiVersion'), kind: typeName(object.kind, 'kind') }
  const apiVersion = says.apiVersion || kind.apiVersion
  const kindName = says.kind || kind.gvk.kind
  const known = scope.scheme.kindOf({ apiVersion, kind: kindName })
  if (!known)
    throw badRequest(
      `no kind ${quote(kindName)} is registered for version ${quote(apiVersion)} in the scheme of this server`,
    )
  if (known.gvk.kind !== kind.gvk.kind || known.gvk.group !== kind.gvk.group)
    throw badRequest(
      `${known.gvk.kind} in version ${quote(known.gvk.version)} cannot be handled as a ${kind.gvk.kind}: converting (${known.apiVersion}.${known.gvk.kind}) to (${kind.apiVersion}.${kind.gvk.kind}): unknown conversion`,
    )
  if (known !== kind)
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${kind.apiVersion})`,
    )
  object.apiVersion = kind.apiVersion
  object.kind = kind.gvk.kind
}

function typeName(value: unknown, field: string): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string')
    throw badRequest(
      `couldn't get version/kind; json parse error: json: cannot unmarshal ${typeof value} into Go struct field .${field} of type string`,
    )
  return value
}

function unreadable(kind: KindVersion, body: Buffer, why: string): Error {
  return badRequest(`the object provided is unrecognized (must be of type ${kind.gvk.kind}): ${why} (${summary(body)})`)
}

function summary(body: Buffer): string {
  if (body.length === 0) return '<empty>'
  const head = body.subarray(0, 30)
  return head.toString(body[0] === 0x7b ? 'utf8' : 'hex') + (body.length > 30 ? ' ...' : '')
}
