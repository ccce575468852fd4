import { isJSONObject, ownProperty, setOwnProperty } from '../../runtime/json/index.js'
import {
  DELETE_FROM_PRIMITIVE_LIST,
  DIRECTIVE,
  isDirective,
  plainList,
  plainObject,
  RETAIN_KEYS,
  SET_ELEMENT_ORDER,
  withoutDirectives,
} from './directives.js'
import type { MergeHints } from './merge-hints.js'
import { shown } from './patch-error.js'
import { StrategicPatchError } from './strategic-error.js'
import { deleteFromList, mergeLists, orderList, requireOrder } from './strategic-list.js'

type JSONObject = Record<string, unknown>
type Patch = Readonly<JSONObject>

const MALFORMED_LIST = 'invalid patch format of primitive list'
const MALFORMED_ORDER = 'invalid patch format of setElementOrder list'
const MALFORMED_RETAIN_KEYS = 'invalid patch format of retainKeys'

/**
 * Applies a strategic merge patch: a merge patch whose lists merge, by key or as sets, where the schema says so, and
 * which may say otherwise by directives. Changes `target` where it can; never changes `patch`, nor shares parts with it.
 *
 * @throws StrategicPatchError, PatchError (a list of lists that should merge)
 * @see https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md
 */
export function applyStrategicMergePatch(target: JSONObject, patch: Patch, hints: MergeHints): JSONObject {
  if (Object.hasOwn(patch, DIRECTIVE)) return applyDirective(patch)
  retainKeys(target, patch)
  const ordered = mergeOrderedLists(target, patch, hints)
  deleteFromPrimitiveLists(target, patch)
  for (const key of Object.keys(patch)) {
    if (isDirective(key) || ordered.has(key)) continue
    mergeMember(target, key, patch[key], hints.member(key))
  }
  return target
}

function applyDirective(patch: Patch): JSONObject {
  const directive = patch[DIRECTIVE]
  if (directive === 'replace') return plainObject(patch)
  if (directive === 'delete') return {}
  throw new StrategicPatchError(`unknown patch type: ${shown(String(directive))}`)
}

/** `$retainKeys`: what the list does not name goes; what the patch sets must be named. */
function retainKeys(target: JSONObject, patch: Patch): void {
  if (!Object.hasOwn(patch, RETAIN_KEYS)) return
  const retained = patch[RETAIN_KEYS]
  if (!Array.isArray(retained)) throw new StrategicPatchError(MALFORMED_RETAIN_KEYS, true)
  const keys = new Set<unknown>(retained)
  for (const key of Object.keys(patch)) {
    if (patch[key] !== null && !isDirective(key) && !keys.has(key))
      throw new StrategicPatchError(MALFORMED_RETAIN_KEYS, true)
  }
  for (const key of Object.keys(target)) if (!keys.has(key)) delete target[key]
}

/** `$setElementOrder/<field>`: merges the field and puts it in order. @returns the fields that are done by that */
function mergeOrderedLists(target: JSONObject, patch: Patch, hints: MergeHints): ReadonlySet<string> {
  const done = new Set<string>()
  for (const directive of Object.keys(patch)) {
    if (!directive.startsWith(SET_ELEMENT_ORDER)) continue
    const field = fieldOf(directive, SET_ELEMENT_ORDER, MALFORMED_ORDER)
    const order = requireList(patch[directive], directive)
    const merged = mergeOrdered(target, patch, field, order, hints.member(field))
    if (merged !== undefined) setOwnProperty<unknown>(target, field, merged)
    done.add(field)
  }
  return done
}

function mergeOrdered(
  target: JSONObject,
  patch: Patch,
  field: string,
  order: readonly unknown[],
  hints: MergeHints,
): unknown[] | undefined {
  const current = Object.hasOwn(target, field) ? requireList(target[field], field) : undefined
  const changes = Object.hasOwn(patch, field) ? requireList(patch[field], field) : undefined
  if (changes !== undefined) requireOrder(changes, order, hints)
  if (current === undefined) return changes && orderList(plainList(changes), order, [], hints)
  const merged = changes === undefined ? current : mergeList(current, changes, hints)
  return orderList(merged, order, current, hints)
}

function requireList(value: unknown, field: string): unknown[] {
  if (Array.isArray(value)) return value
  throw new StrategicPatchError(`expected a list as ${shown(field)}`)
}

function deleteFromPrimitiveLists(target: JSONObject, patch: Patch): void {
  for (const directive of Object.keys(patch)) {
    if (!directive.startsWith(DELETE_FROM_PRIMITIVE_LIST)) continue
    const field = fieldOf(directive, DELETE_FROM_PRIMITIVE_LIST, MALFORMED_LIST)
    const gone = patch[directive]
    if (!Array.isArray(gone)) throw new StrategicPatchError(MALFORMED_LIST, true)
    const current = ownProperty<unknown>(target, field)
    if (Array.isArray(current)) setOwnProperty<unknown>(target, field, deleteFromList(current, gone))
  }
}

/** The field that a directive with a slash speaks of. */
function fieldOf(directive: string, prefix: string, malformed: string): string {
  if (directive[prefix.length] !== '/') throw new StrategicPatchError(malformed, true)
  return directive.slice(prefix.length + 1)
}

function mergeMember(target: JSONObject, key: string, value: unknown, hints: MergeHints): void {
  const current = ownProperty<unknown>(target, key)
  let merged: unknown
  if (value === null) merged = undefined
  else if (Array.isArray(current) && Array.isArray(value)) merged = mergeList(current, value, hints)
  else if (isJSONObject(current) && isJSONObject(value)) merged = mergeObject(current, value, hints)
  else merged = withoutDirectives(value)
  if (merged === undefined) delete target[key]
  else setOwnProperty<unknown>(target, key, merged)
}

function mergeObject(current: JSONObject, value: Patch, hints: MergeHints): JSONObject {
  return hints.replacesObject ? plainObject(value) : applyStrategicMergePatch(current, value, hints)
}

function mergeList(current: readonly unknown[], value: readonly unknown[], hints: MergeHints): unknown[] {
  if (!hints.mergesList) return plainList(value)
  return mergeLists(current, value, hints, (item, change) => applyStrategicMergePatch(item, change, hints.item()))
}
