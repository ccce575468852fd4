import { isJSONObject } from '../../runtime/json/index.js'
import { FieldSet } from './field-set.js'
import { type PathElement, PathElementError, parsePathElement, sortElements } from './path-element.js'

const SELF = '.'

/** As many steps are read of one object's managedFields at most: more than any store holds under one key. */
export const MAX_PATH_ELEMENTS = 200_000

/** A field set that cannot be read. */
export class FieldsV1Error extends Error {
  override readonly name = 'FieldsV1Error'
}

/** How much may still be read; shared by all sets of an object. */
export interface ElementBudget {
  elements: number
}

/**
 * Writes a set as `fieldsV1`: every step a key, `.` the path itself where others lie below it, in a fixed order.
 *
 * @example
 * ```ts
 * encodeFieldsV1(FieldSet.ofPaths(['f:spec', 'f:replicas'])) // { 'f:spec': { 'f:replicas': {} } }
 * ```
 */
export const encodeFieldsV1 = (set: FieldSet): Record<string, unknown> => withBranches({}, set)

function withBranches(fields: Record<string, unknown>, set: FieldSet): Record<string, unknown> {
  for (const element of sortElements([...set.children.keys()])) fields[element] = encodeBranch(set.at(element))
  return fields
}

/** A path that is owned and has nothing below it; most are like this, and share it. */
const OWNED: Record<string, unknown> = Object.freeze({})

function encodeBranch(set: FieldSet): Record<string, unknown> {
  if (set.children.size === 0) return OWNED
  return withBranches(set.member ? { [SELF]: OWNED } : {}, set)
}

/**
 * Reads `fieldsV1`. It comes from strangers: its size is bounded, its keys are brought to one form.
 *
 * @throws FieldsV1Error
 */
export function decodeFieldsV1(fields: unknown, budget: ElementBudget = { elements: MAX_PATH_ELEMENTS }): FieldSet {
  return decodeBranch(fields, budget).asMember(false)
}

function decodeBranch(fields: unknown, budget: ElementBudget): FieldSet {
  if (!isJSONObject(fields)) throw new FieldsV1Error('a field set is an object')
  const keys = Object.keys(fields)
  if (keys.length === 0) return FieldSet.LEAF
  budget.elements -= keys.length
  if (budget.elements < 0) throw new FieldsV1Error(`more than ${MAX_PATH_ELEMENTS} path elements`)
  let member = false
  const children = new Map<PathElement, FieldSet>()
  for (const key of keys) {
    if (key === SELF) member = true
    else addBranch(children, elementOf(key), decodeBranch(fields[key], budget))
  }
  return FieldSet.of(member, children)
}

/** Two spellings of one step are one step. */
function addBranch(children: Map<PathElement, FieldSet>, element: PathElement, set: FieldSet): void {
  children.set(element, children.get(element)?.union(set) ?? set)
}

function elementOf(key: string): PathElement {
  try {
    return parsePathElement(key)
  } catch (err) {
    if (err instanceof PathElementError) throw new FieldsV1Error(err.message)
    throw err
  }
}
