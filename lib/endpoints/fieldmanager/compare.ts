import { deepEqual, isJSONObject, ownProperty } from '../../runtime/json/index.js'
import { FieldSet } from './field-set.js'
import { type FieldType, type ListType, type MapType, memberOf, typeOf } from './field-type.js'
import { itemsByElement } from './list-items.js'
import type { PathElement } from './path-element.js'
import { everyPath } from './to-field-set.js'

/** What became of an object's fields from one state to the next. */
export interface Comparison {
  readonly added: FieldSet
  readonly modified: FieldSet
  readonly removed: FieldSet
}

const SAME: Comparison = { added: FieldSet.EMPTY, modified: FieldSet.EMPTY, removed: FieldSet.EMPTY }
const MODIFIED: Comparison = { ...SAME, modified: FieldSet.LEAF }

export const isSame = (comparison: Comparison): boolean =>
  comparison.added.isEmpty && comparison.modified.isEmpty && comparison.removed.isEmpty

/**
 * Compares two states of a value field by field; undefined is an absent value. Allocates for what differs alone.
 *
 * @throws TypedValueError for a list whose items cannot be told apart
 */
export function compare(declared: FieldType, old: unknown, now: unknown): Comparison {
  if (old === now) return SAME
  if (old === undefined) return { ...SAME, added: everyPath(declared, now) }
  if (now === undefined) return { ...SAME, removed: everyPath(declared, old) }
  const type = typeOf(declared, now)
  const before = typeOf(declared, old)
  if (type.kind !== before.kind) return replaced(declared, old, now)
  if (type.kind === 'scalar' || type.atomic || (isEmpty(old) && isEmpty(now)))
    return deepEqual(old, now) ? SAME : MODIFIED
  return type.kind === 'map' ? compareMaps(type, old, now) : compareLists(type, old, now)
}

/** Where nothing is declared a value may become one of another kind: what lay below is gone or new, the place changed. */
function replaced(declared: FieldType, old: unknown, now: unknown): Comparison {
  return {
    added: everyPath(declared, now).asMember(false),
    modified: FieldSet.LEAF,
    removed: everyPath(declared, old).asMember(false),
  }
}

/** Null, and what holds nothing: a leaf, so that the two can be told from each other. */
function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0
  return !isJSONObject(value) || Object.keys(value).length === 0
}

const NOTHING: Readonly<Record<string, unknown>> = {}

function compareMaps(type: MapType, old: unknown, now: unknown): Comparison {
  const before = isJSONObject(old) ? old : NOTHING
  const after = isJSONObject(now) ? now : NOTHING
  const changes = new Changes()
  for (const name of Object.keys(before)) compareMember(type, name, before[name], ownProperty(after, name), changes)
  for (const name of Object.keys(after))
    if (!Object.hasOwn(before, name)) compareMember(type, name, undefined, after[name], changes)
  return changes.comparison()
}

function compareMember(type: MapType, name: string, old: unknown, now: unknown, changes: Changes): void {
  if (old === now) return
  const member = memberOf(type, name)
  changes.add(member.element, compare(member.type ?? LEAF_TYPE, old, now))
}

/** What no schema knows is one piece. */
const LEAF_TYPE: FieldType = { kind: 'scalar', scalar: 'untyped' }

function compareLists(type: ListType, old: unknown, now: unknown): Comparison {
  if (deepEqual(old, now)) return SAME
  const before = itemsByElement(type, Array.isArray(old) ? old : [])
  const after = itemsByElement(type, Array.isArray(now) ? now : [])
  const changes = new Changes()
  for (const [element, items] of before) changes.add(element, compareItems(type, items, after.get(element) ?? []))
  for (const [element, items] of after) if (!before.has(element)) changes.add(element, compareItems(type, [], items))
  return changes.comparison()
}

/** The items under one step: one each as a rule; duplicates are one leaf, whatever they hold. */
function compareItems(type: ListType, old: readonly unknown[], now: readonly unknown[]): Comparison {
  if (old.length <= 1 && now.length <= 1) return compare(type.items, old[0], now[0])
  if (old.length > 1 && now.length > 1) return deepEqual(old, now) ? SAME : MODIFIED
  const single = compare(type.items, old.length > 1 ? undefined : old[0], now.length > 1 ? undefined : now[0])
  return old.length > 1
    ? { ...single, removed: single.removed.asMember() }
    : { ...single, added: single.added.asMember() }
}

/** Gathers what became of the members of one container. */
class Changes {
  #added: Branches
  #modified: Branches
  #removed: Branches

  add(element: PathElement, { added, modified, removed }: Comparison): void {
    this.#added = withBranch(this.#added, element, added)
    this.#modified = withBranch(this.#modified, element, modified)
    this.#removed = withBranch(this.#removed, element, removed)
  }

  comparison(): Comparison {
    if (!this.#added && !this.#modified && !this.#removed) return SAME
    return { added: setOf(this.#added), modified: setOf(this.#modified), removed: setOf(this.#removed) }
  }
}

type Branches = Map<PathElement, FieldSet> | undefined

function withBranch(branches: Branches, element: PathElement, set: FieldSet): Branches {
  if (set.isEmpty) return branches
  return (branches ?? new Map<PathElement, FieldSet>()).set(element, set)
}

const setOf = (children: Branches): FieldSet => (children ? FieldSet.of(false, children) : FieldSet.EMPTY)
