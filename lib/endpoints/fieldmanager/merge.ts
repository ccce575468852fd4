import { isJSONObject, ownProperty, setOwnProperty } from '../../runtime/json/index.js'
import { type FieldType, type ListType, type MapType, memberOf, typeOf } from './field-type.js'
import { grouped, itemElement, itemsByElement } from './list-items.js'
import type { PathElement } from './path-element.js'

/**
 * Lays an applied configuration over what is there: fields and items of both, the configuration's values. Neither is
 * changed; the result shares what it takes whole.
 *
 * @throws TypedValueError
 */
export function merge(declared: FieldType, live: unknown, applied: unknown): unknown {
  if (applied === undefined) return live
  if (live === undefined) return applied
  const type = typeOf(declared, applied)
  if (type.kind === 'scalar' || type.atomic || typeOf(declared, live).kind !== type.kind) return applied
  return type.kind === 'map' ? mergeMaps(type, live, applied) : mergeLists(type, live, applied)
}

function mergeMaps(type: MapType, live: unknown, applied: unknown): unknown {
  const old = isJSONObject(live) ? live : {}
  const config = isJSONObject(applied) ? applied : {}
  const names = Object.keys(config)
  if (names.length === 0 && Object.keys(old).length === 0) return applied
  const merged: Record<string, unknown> = {}
  for (const name of Object.keys(old)) setOwnProperty(merged, name, old[name])
  for (const name of names) {
    const member = memberOf(type, name)
    const value = member.type ? merge(member.type, ownProperty(old, name), config[name]) : config[name]
    setOwnProperty(merged, name, value)
  }
  return merged
}

/**
 * Items that only one side has stay where they stand, and shared ones come in the configuration's order: an item of the
 * configuration is put in front of the next shared one.
 */
function mergeLists(type: ListType, live: unknown, applied: unknown): unknown {
  const old = Array.isArray(live) ? live : []
  const config = Array.isArray(applied) ? applied : []
  if (old.length === 0 && config.length === 0) return applied
  const elements = old.map((item, index) => itemElement(type, item, index))
  const before = grouped(elements, old)
  const wantedItems = itemsByElement(type, config)
  const wanted = [...wantedItems]
  const mergedItem = ([element, items]: readonly [PathElement, readonly unknown[]]): unknown => {
    const same = before.get(element)
    // Which of several equal items would be meant, nobody can say: all make room for the applied one.
    return merge(type.items, same?.length === 1 ? same[0] : undefined, items[0])
  }
  const result: unknown[] = []
  let next = 0
  let shared = nextShared(wanted, before, next)
  for (const [index, element] of elements.entries()) {
    if (!wantedItems.has(element)) result.push(old[index])
    else if (shared < wanted.length && wanted[shared]![0] === element) {
      for (; next <= shared; next++) result.push(mergedItem(wanted[next]!))
      shared = nextShared(wanted, before, next)
    }
  }
  for (; next < wanted.length; next++) result.push(mergedItem(wanted[next]!))
  return result
}

function nextShared(
  wanted: readonly (readonly [PathElement, unknown])[],
  before: ReadonlyMap<PathElement, unknown>,
  from: number,
): number {
  let index = from
  while (index < wanted.length && !before.has(wanted[index]![0])) index++
  return index
}
