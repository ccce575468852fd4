import { ownProperty, stringifyJSON } from '../../runtime/json/index.js'
import { DIRECTIVE, isMarked, plainObject } from './directives.js'
import type { MergeHints } from './merge-hints.js'
import { PatchError, shown } from './patch-error.js'
import { StrategicPatchError } from './strategic-error.js'

type JSONObject = Record<string, unknown>

/** What tells the items of a list apart: a scalar itself, or an object's merge key. Fit to be the key of a Map. */
type Identify = (item: unknown) => unknown

/** Merges one item of a list of objects with what the patch says of it. */
type MergeItem = (item: JSONObject, change: JSONObject) => JSONObject

/**
 * Merges two lists of one kind of items: scalars as sets, objects by their merge key. What the patch names keeps the
 * patch's order, the rest the order it had; the rest stands before what it stood before.
 *
 * @throws StrategicPatchError for items of different types, without their merge key, or with an unknown directive
 */
export function mergeLists(
  current: readonly unknown[],
  changes: readonly unknown[],
  hints: MergeHints,
  mergeItem: MergeItem,
): unknown[] {
  if (itemType(current, changes) !== 'object') return inOrder([...new Set([...current, ...changes])], changes, current)
  const identify = identifier(hints)
  const { items, changed } = applyItemDirectives(current as JSONObject[], changes as JSONObject[], identify)
  return inOrder(mergeItems(items, changed, identify, mergeItem), changed, items, identify)
}

/** Takes scalars out of a list. @throws StrategicPatchError for lists of objects */
export function deleteFromList(current: readonly unknown[], gone: readonly unknown[]): unknown[] {
  if (itemType(current, gone) === 'object')
    throw new StrategicPatchError('invalid patch format of primitive list', true)
  const names = new Set(gone)
  return current.filter((item) => !names.has(item))
}

/** Puts the items that `order` names in its order; the others stay before what they stood before in `was`. */
export function orderList(
  list: readonly unknown[],
  order: readonly unknown[],
  was: readonly unknown[],
  hints: MergeHints,
): unknown[] {
  if (list.length === 0) return []
  const objects = itemType(list, order) === 'object'
  return inOrder(list, order, was, objects ? identifier(hints) : undefined)
}

/**
 * What a patch changes must come in the order that it asks for.
 *
 * @throws StrategicPatchError
 */
export function requireOrder(changes: readonly unknown[], order: readonly unknown[], hints: MergeHints): void {
  if (changes.length === 0 || order.length === 0) return
  const identify = itemType(changes, order) === 'object' ? identifier(hints) : (item: unknown) => item
  let position = 0
  for (const change of changes) {
    if (isMarked(change)) continue
    const name = identify(change)
    while (position < order.length && identify(order[position]) !== name) position++
    if (position++ >= order.length)
      throw new StrategicPatchError(
        `The order in patch list of ${shown(hints.name)} doesn't match $setElementOrder list`,
      )
  }
}

/** The one type that all items have; none is an item of no list. */
function itemType(...lists: readonly (readonly unknown[])[]): string | undefined {
  let type: string | undefined
  for (const list of lists) {
    for (const item of list) {
      if (Array.isArray(item)) throw new PatchError('lists of lists are not supported')
      const found = item === null ? 'null' : typeof item === 'bigint' ? 'number' : typeof item
      if (type !== undefined && type !== found)
        throw new StrategicPatchError(`list element types are not identical: ${type} and ${found}`)
      type = found
    }
  }
  return type
}

function identifier(hints: MergeHints): Identify {
  const key = hints.mergeKey
  if (key === undefined) throw new StrategicPatchError(`cannot merge lists without merge key for ${shown(hints.name)}`)
  return (item) => {
    const name = ownProperty(item as JSONObject, key)
    if (name === undefined)
      throw new StrategicPatchError(`map: ${excerpt(item)} does not contain declared merge key: ${key}`)
    if (typeof name === 'object' && name !== null)
      throw new StrategicPatchError(`map: ${excerpt(item)} has no scalar as declared merge key: ${key}`)
    return name
  }
}

const MAX_EXCERPT = 256

const excerpt = (item: unknown): string => {
  const text = stringifyJSON(item)
  return text.length > MAX_EXCERPT ? `${text.slice(0, MAX_EXCERPT)}…` : text
}

/** `$patch: delete` takes an item out, `$patch: replace` all that there were. What remains are items and changes to them. */
function applyItemDirectives(
  current: readonly JSONObject[],
  changes: readonly JSONObject[],
  identify: Identify,
): { items: readonly JSONObject[]; changed: readonly JSONObject[] } {
  const changed: JSONObject[] = []
  const gone = new Set<unknown>()
  let replaced = false
  for (const change of changes) {
    if (!isMarked(change)) changed.push(change)
    else if (change[DIRECTIVE] === 'delete') gone.add(identify(change))
    else if (change[DIRECTIVE] === 'replace') replaced = true
    else throw unknownDirective(change[DIRECTIVE])
  }
  if (replaced) return { items: changed.map((item) => plainObject(item)), changed: [] }
  const items = gone.size === 0 ? current : current.filter((item) => !gone.has(identify(item)))
  return { items, changed }
}

function unknownDirective(directive: unknown): StrategicPatchError {
  if (directive === 'merge') return new StrategicPatchError('merging lists cannot yet be specified in the patch')
  return new StrategicPatchError(`unknown patch type: ${shown(String(directive))}`)
}

/** Changes what is there, adds what is not. Of items with one name, the first is meant. */
function mergeItems(
  items: readonly JSONObject[],
  changes: readonly JSONObject[],
  identify: Identify,
  mergeItem: MergeItem,
): JSONObject[] {
  const merged = [...items]
  const positions = firstPositions(merged, identify)
  for (const change of changes) {
    const name = identify(change)
    const position = positions.get(name)
    if (position !== undefined) merged[position] = mergeItem(merged[position]!, change)
    else positions.set(name, merged.push(plainObject(change)) - 1)
  }
  return merged
}

function firstPositions(list: readonly unknown[], identify: Identify): Map<unknown, number> {
  const positions = new Map<unknown, number>()
  for (const [index, item] of list.entries()) {
    const name = identify(item)
    if (!positions.has(name)) positions.set(name, index)
  }
  return positions
}

/** An item, where it is wanted, and where it stood. Looked up once: sorting compares numbers. */
interface Placed {
  readonly item: unknown
  readonly wanted: number | undefined
  readonly stood: number | undefined
}

/** What was nowhere comes last. */
const NOWHERE = Number.MAX_SAFE_INTEGER

/** Those that `order` names by its order, woven into the others, which keep theirs, by how they stood in `was`. */
function inOrder(
  list: readonly unknown[],
  order: readonly unknown[],
  was: readonly unknown[],
  identify: Identify = (item) => item,
): unknown[] {
  const wantedAt = firstPositions(order, identify)
  const stoodAt = firstPositions(was, identify)
  const named: Placed[] = []
  const others: Placed[] = []
  for (const item of list) {
    const name = identify(item)
    const placed: Placed = { item, wanted: wantedAt.get(name), stood: stoodAt.get(name) }
    if (placed.wanted === undefined) others.push(placed)
    else named.push(placed)
  }
  named.sort((a, b) => a.wanted! - b.wanted!)
  others.sort((a, b) => (a.stood ?? NOWHERE) - (b.stood ?? NOWHERE))
  return interleave(others, named)
}

/** Keeps both orders; one of `others` goes before the next of `named` if it stood before it. */
function interleave(others: readonly Placed[], named: readonly Placed[]): unknown[] {
  const all: unknown[] = []
  let next = 0
  for (const { item, stood } of named) {
    for (; next < others.length; next++) {
      const other = others[next]!
      if (stood === undefined || other.stood === undefined || other.stood >= stood) break
      all.push(other.item)
    }
    all.push(item)
  }
  for (; next < others.length; next++) all.push(others[next]!.item)
  return all
}
