import { invalid } from '../../meta/errors.js'
import { fieldPath, invalid as invalidField } from '../../meta/field/index.js'
import { quote } from '../../meta/go/index.js'
import type { StatusError } from '../../meta/status.js'
import type { KubeObject } from '../../meta/types.js'
import { isJSONObject, stringifyJSON } from '../../runtime/json/index.js'
import type { KindVersion } from '../../runtime/kind.js'
import { UnmarshalTypeError } from '../../runtime/schema/index.js'
import type { Steps } from '../../runtime/steps.js'
import type { RequestContext } from '../request/request-context.js'
import type { RequestScope } from '../request-scope.js'
import { admitFields, type FieldValidation, internalForm } from './decode.js'
import { requireSameName } from './names.js'
import type { ParsedPatch } from './patch-types.js'
import { unknownFields } from './strict-errors.js'

/**
 * Reads what a patch made of an object, which is decoded as a body is: into the kind and version that it says it is.
 *
 * @param patch what strict field validation has against the patch itself, and in which order it finds fields of the result
 * @returns the object in internal form
 * @throws StatusError 422 for what is no object of the endpoint's kind, 400 for one that has lost its name
 */
export function* patchedObject(
  ctx: RequestContext,
  scope: RequestScope,
  result: unknown,
  { strict, sorts }: Pick<ParsedPatch, 'strict' | 'sorts'>,
  validation: FieldValidation,
): Steps<KubeObject> {
  // Pruning takes out what a strict error is about, so the text is made before, and only where it may be needed.
  const text = validation === 'Strict' ? stringifyJSON(result) : undefined
  const shown = () => text ?? stringifyJSON(result)
  if (text !== undefined) yield
  const { object, problems } = yield* admitted(scope, result, shown, sorts)
  const all = [...strict, ...problems]
  if (validation === 'Strict' && all.length > 0) throw unfit(shown(), `strict decoding error: ${all.join(', ')}`)
  if (validation === 'Warn') for (const problem of all) ctx.warn(problem)
  return object ?? refuseNameless(ctx, scope)
}

/** What says no version is read as the internal form, in which nobody writes: nothing of it is known, not even its name. */
function refuseNameless(ctx: RequestContext, scope: RequestScope): never {
  requireSameName(ctx, scope, { metadata: {} })
  throw new Error('an object without a name passed for one with the name of the request')
}

/** The result of a patch is no object of a kind that is known. */
class NoSuchObject extends Error {}

function* admitted(
  scope: RequestScope,
  result: unknown,
  shown: () => string,
  sorts: boolean,
): Steps<{ readonly object: KubeObject | undefined; readonly problems: readonly string[] }> {
  try {
    if (!isJSONObject(result))
      throw new NoSuchObject("couldn't get version/kind; json parse error: the body is no object")
    const version = versionOf(scope, result, shown)
    if (version === undefined) return { object: undefined, problems: unknownToInternal(scope.kind, result) }
    const { object, unknown } = yield* admitFields(result as unknown as KubeObject, version)
    return { object: internalForm(object, version), problems: unknownFields(version, unknown, sorts) }
  } catch (err) {
    // What the schema of a version refuses is about the object, not about its form; and hooks may fail.
    if (err instanceof NoSuchObject || err instanceof UnmarshalTypeError) throw unfit(shown(), err.message)
    throw err
  }
}

/**
 * The version that a patched object says it is of: a patch may move an object of a built-in type from one version's fields to
 * another's. What it does not say is the endpoint's, but no version at all is the internal form, undefined here.
 */
function versionOf(
  { kind, scheme }: RequestScope,
  object: Record<string, unknown>,
  shown: () => string,
): KindVersion | undefined {
  const says = { kind: textOf(object.kind, 'kind'), apiVersion: textOf(object.apiVersion, 'apiVersion') }
  if (!kind.typed) return customVersion(kind, object, says, shown)
  if (says.apiVersion === '') return undefined
  const kindName = says.kind === '' ? kind.gvk.kind : says.kind
  const known = scheme.kindOf({ apiVersion: says.apiVersion, kind: kindName })
  if (!known)
    throw new NoSuchObject(
      `no kind ${quote(kindName)} is registered for version ${quote(says.apiVersion)} in the scheme of this server`,
    )
  if (known.gvk.kind !== kind.gvk.kind || known.gvk.group !== kind.gvk.group)
    throw new NoSuchObject(
      `converting (${known.gvk.version}.${known.gvk.kind}) to (${kind.gvk.group.split('.', 1)[0]}.${kind.gvk.kind}): unknown conversion`,
    )
  return known
}

/** A custom resource is of the kind and version of its path, and has to say so. */
function customVersion(
  kind: KindVersion,
  object: Record<string, unknown>,
  says: { readonly kind: string; readonly apiVersion: string },
  shown: () => string,
): KindVersion {
  if (says.kind === '') throw new NoSuchObject(`Object 'Kind' is missing in '${shown()}'`)
  const errors = [
    ...(says.kind === kind.gvk.kind ? [] : [invalidField(fieldPath('kind'), says.kind, `must be ${kind.gvk.kind}`)]),
    ...(says.apiVersion === kind.apiVersion
      ? []
      : [invalidField(fieldPath('apiVersion'), says.apiVersion, `must be ${kind.apiVersion}`)]),
  ]
  const name = isJSONObject(object.metadata) ? object.metadata.name : undefined
  if (errors.length > 0) throw invalid(kind.gvk, typeof name === 'string' ? name : '', errors)
  return kind
}

/** The internal form has none of the names that are used on the wire. */
function unknownToInternal(kind: KindVersion, object: Record<string, unknown>): string[] {
  const names = Object.keys(object).filter((name) => name !== 'kind' && name !== 'apiVersion')
  return unknownFields(kind, names, true)
}

function textOf(value: unknown, field: string): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  throw new NoSuchObject(
    `couldn't get version/kind; json parse error: json: cannot unmarshal ${typeof value} into Go struct field .${field} of type string`,
  )
}

/** Kubernetes names no kind here; clients know this error by its form. */
function unfit(shown: string, why: string): StatusError {
  return invalid({ group: '', kind: '' }, '', [invalidField(fieldPath('patch'), shown, why)])
}
