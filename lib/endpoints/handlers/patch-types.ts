import { badRequest, messageOf, requestEntityTooLarge, unsupportedMediaType } from '../../meta/errors.js'
import { quote } from '../../meta/go/index.js'
import { failureStatus, StatusError } from '../../meta/status.js'
import type { KubeObject } from '../../meta/types.js'
import {
  type DecodeResult,
  decodeJSON,
  deepCopy,
  type FieldProblem,
  fieldProblems,
  isJSONObject,
  listLength,
  type MemberLimits,
} from '../../runtime/json/index.js'
import type { KindVersion } from '../../runtime/kind.js'
import { refusingTooMany } from '../negotiation/serializers.js'
import { cannotUnmarshal } from '../patch/cannot-unmarshal.js'
import { applyJSONPatch } from '../patch/json-patch.js'
import { operationsOf, type PatchOperation, unknownMembers } from '../patch/json-patch-operation.js'
import { MergeHints } from '../patch/merge-hints.js'
import { applyMergePatch } from '../patch/merge-patch.js'
import { PatchLimitError } from '../patch/patch-error.js'
import { StrategicPatchError } from '../patch/strategic-error.js'
import { applyStrategicMergePatch } from '../patch/strategic-merge-patch.js'
import type { RequestScope } from '../request-scope.js'
import type { FieldValidation } from './decode.js'

/** A patch that has been read; `apply` may be called several times, on fresh copies of what is stored. */
export interface ParsedPatch {
  /** What strict field validation has against the patch itself: `duplicate field "spec.x"`. */
  readonly strict: readonly string[]
  /** Whether the fields of the result are put in the order of their names before it is read. */
  readonly sorts: boolean
  /** @throws PatchError, StatusError */
  apply(current: KubeObject): unknown
}

/** What PATCH understands, in the order in which it is offered. */
export const PATCH_TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
] as const

/** Without Go types' merge keys there is no strategic merge: custom resources take the others. */
export const patchTypesOf = (kind: KindVersion): readonly string[] =>
  kind.typed ? PATCH_TYPES : PATCH_TYPES.filter((type) => type !== 'application/strategic-merge-patch+json')

const MAX_OPERATIONS = 10_000
const DECODING = 'error decoding patch: '
const BAD_PATCH = 'Invalid JSON Patch'
const GO_MAP = 'Go value of type map[string]interface {}'

/**
 * @param mediaType Content-Type without parameters
 * @throws StatusError 400, 413 or 415
 */
export function parsePatch(
  mediaType: string,
  body: Buffer,
  { kind, memberLimits: limits }: Pick<RequestScope, 'kind' | 'memberLimits'>,
  validation: FieldValidation = 'Warn',
): ParsedPatch {
  const lenient = validation === 'Ignore'
  if (patchTypesOf(kind).includes(mediaType)) {
    switch (mediaType) {
      case 'application/json-patch+json':
        return parseJSONPatch(body, limits, lenient)
      case 'application/merge-patch+json':
        return parseMergePatch(body, limits, lenient)
      case 'application/strategic-merge-patch+json':
        return parseStrategicMergePatch(body, kind, limits)
    }
  }
  throw unsupportedMediaType(patchTypesOf(kind))
}

/** Where fields are not validated a patch is read by the library that applies it, which looks at less and says less. */
function parseJSONPatch(body: Buffer, limits: MemberLimits, lenient: boolean): ParsedPatch {
  const prefix = lenient ? '' : DECODING
  const length = listLength(body)
  if (length > MAX_OPERATIONS)
    throw requestEntityTooLarge(`The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${length}`)
  const { value, duplicates } = decode(body, prefix, forOperations(limits))
  const list = value ?? []
  if (!Array.isArray(list)) throw badRequest(prefix + cannotUnmarshal(list, 'Go value of type []jsonPatchOp'))
  const operations = readOperations(list, prefix, lenient)
  const unknown = unknownMembers(operations)
  const problems = duplicates.length > 0 ? fieldProblems(body.toString(), new Set(unknown)) : unknown.map(unknownField)
  const strict = problems.map(({ kind, path }) => `json patch ${kind} field ${quote(path)}`)
  return { strict, sorts: true, apply: (current) => answered(() => applyJSONPatch(current, operations)) }
}

/** Operations are bounded by a number of their own: only what they say counts as what an object says. */
const forOperations = (limits: MemberLimits): MemberLimits =>
  limits.maxNames === undefined ? limits : { ...limits, maxNames: limits.maxNames + MAX_OPERATIONS }

function readOperations(list: readonly unknown[], prefix: string, lenient: boolean): readonly PatchOperation[] {
  try {
    return operationsOf(list, lenient)
  } catch (err) {
    throw badRequest(prefix + messageOf(err))
  }
}

function parseMergePatch(body: Buffer, limits: MemberLimits, lenient: boolean): ParsedPatch {
  const { value, duplicates } = decode(body, DECODING, limits, lenient ? BAD_PATCH : undefined)
  // A list is no patch, but a document of its own: it replaces the object, and is found to be none then.
  if (lenient && Array.isArray(value)) return { strict: [], sorts: true, apply: () => value }
  if (value === null || (lenient && !isJSONObject(value))) throw badRequest(BAD_PATCH)
  if (!isJSONObject(value)) throw badRequest(DECODING + cannotUnmarshal(value, GO_MAP))
  // Parts of the patch become parts of the result, so every attempt gets a patch of its own.
  const strict = duplicateFields(duplicates)
  return { strict, sorts: true, apply: (current) => applyMergePatch(current, deepCopy(value)) }
}

function parseStrategicMergePatch(body: Buffer, kind: KindVersion, limits: MemberLimits): ParsedPatch {
  const { value, duplicates } = decode(body, '', limits)
  const patch = value ?? {}
  if (!isJSONObject(patch)) throw badRequest(cannotUnmarshal(patch, GO_MAP))
  const hints = MergeHints.of(kind.schema)
  const merged = (current: KubeObject) =>
    answered(() => applyStrategicMergePatch(current as unknown as Record<string, unknown>, patch, hints))
  return { strict: duplicateFields(duplicates), sorts: false, apply: (current) => ofSameKind(merged(current), kind) }
}

/** The result is read into a Go type that is known before: what the patch says about kind and version has no effect. */
function ofSameKind(object: Record<string, unknown>, kind: KindVersion): Record<string, unknown> {
  if (typeof (object.kind ?? '') === 'string') object.kind = kind.gvk.kind
  if (typeof (object.apiVersion ?? '') === 'string') object.apiVersion = kind.apiVersion
  return object
}

/** Gives errors of patching the code that Kubernetes answers with, where that is not the 422 of every other PatchError. */
function answered<T>(patched: () => T): T {
  try {
    return patched()
  } catch (err) {
    if (err instanceof PatchLimitError) throw requestEntityTooLarge(err.message)
    if (!(err instanceof StrategicPatchError)) throw err
    throw err.malformed ? badRequest(err.message) : new StatusError(failureStatus({ code: 500, message: err.message }))
  }
}

const unknownField = (path: string): FieldProblem => ({ kind: 'unknown', path })

const duplicateFields = (paths: readonly string[]): string[] => paths.map((path) => `duplicate field ${quote(path)}`)

function decode(body: Buffer, prefix: string, limits: MemberLimits, instead?: string): DecodeResult {
  try {
    return refusingTooMany(() => decodeJSON(body, limits))
  } catch (err) {
    if (err instanceof StatusError) throw err
    throw badRequest(instead ?? prefix + messageOf(err))
  }
}
