import { isJSONObject } from './own-property.js'

/**
 * Fields of objects and items of lists that one object may hold in all. What is done for each of them (defaults, ownership,
 * encoding) adds up; the largest CustomResourceDefinitions in use have some 50,000.
 */
export const MAX_MEMBERS = 100_000

/**
 * Different field names and list items that one object may hold in all: each is a string of its own for the engine, and one
 * of the owned paths in managedFields. Three times what the largest objects in use have, and what can be applied, patched and
 * replaced without holding up others for more than 50 ms.
 */
export const MAX_NAMES = 8_000

/**
 * How many members an object may have. Its `metadata.managedFields` are counted apart: they say each path once more, and list
 * items twice, so they may have twice as many.
 */
export interface MemberLimits {
  /** Fields and list items in all. No bound when left out. */
  readonly maxMembers?: number
  /** Different field names, and list items. No bound when left out. */
  readonly maxNames?: number
}

/** What a server accepts where nothing else was said. */
export const DEFAULT_MEMBER_LIMITS: Required<MemberLimits> = { maxMembers: MAX_MEMBERS, maxNames: MAX_NAMES }

/** A JSON value with more fields and items than {@link MemberLimits} allow. */
export class MembersError extends Error {
  override readonly name = 'MembersError'

  static tooMany({ maxMembers, maxNames }: MemberLimits, what: Exceeded): MembersError {
    return new MembersError(
      what === 'members'
        ? `limit is ${maxMembers} fields and list items`
        : `limit is ${maxNames} different field names and list items`,
    )
  }
}

/** Which bound was passed. */
export type Exceeded = 'members' | 'names'

/** What remains of the limits, of an object itself and of its managedFields. */
export class MemberBudget {
  /** Whether what comes belongs to `metadata.managedFields`. */
  managed = false
  readonly #members: [own: number, managed: number]
  readonly #names: [own: number, managed: number]

  constructor({ maxMembers = Number.POSITIVE_INFINITY, maxNames = Number.POSITIVE_INFINITY }: MemberLimits) {
    this.#members = [maxMembers, 2 * maxMembers]
    this.#names = [maxNames, maxNames]
  }

  /** @param isNew whether it is a list item, or a field name that did not come before */
  take(isNew: boolean): Exceeded | undefined {
    const side = this.managed ? 1 : 0
    if (--this.#members[side] < 0) return 'members'
    return isNew && --this.#names[side] < 0 ? 'names' : undefined
  }
}

/**
 * What a value that was decoded, or made by a patch, has too much of. Does not recurse.
 *
 * @returns an error to be thrown, undefined where the value keeps to the limits
 * @example
 * ```ts
 * const excess = excessMembers(patched, DEFAULT_MEMBER_LIMITS)
 * if (excess) throw excess
 * ```
 */
export function excessMembers(value: unknown, limits: MemberLimits): MembersError | undefined {
  const budget = new MemberBudget(limits)
  const names = new Set<string>()
  const { metadata, ...rest } = isJSONObject(value) ? value : { items: value }
  const { managedFields, ...ownMetadata } = isJSONObject(metadata) ? metadata : { metadata }
  for (const part of [rest, ownMetadata, managedFields]) {
    budget.managed = part === managedFields
    const exceeded = takeAll(part, budget, names)
    if (exceeded !== undefined) return MembersError.tooMany(limits, exceeded)
  }
  return undefined
}

function takeAll(root: unknown, budget: MemberBudget, names: Set<string>): Exceeded | undefined {
  const pending: unknown[] = [root]
  while (pending.length > 0) {
    const container = pending.pop()
    if (typeof container !== 'object' || container === null) continue
    const isList = Array.isArray(container)
    for (const key of isList ? container.keys() : Object.keys(container)) {
      const exceeded = budget.take(isList || isNew(names, key as string))
      if (exceeded !== undefined) return exceeded
      const member = (container as Record<string | number, unknown>)[key]
      if (typeof member === 'object' && member !== null) pending.push(member)
    }
  }
  return undefined
}

function isNew(names: Set<string>, name: string): boolean {
  const { size } = names
  names.add(name)
  return names.size > size
}

/** Fields and list items in a value, all levels together. Does not recurse. */
export function memberCount(value: unknown): number {
  const pending: unknown[] = [value]
  let count = 0
  while (pending.length > 0) {
    const container = pending.pop()
    if (typeof container !== 'object' || container === null) continue
    const members: unknown[] = Array.isArray(container) ? container : Object.values(container)
    count += members.length
    for (const member of members) if (typeof member === 'object' && member !== null) pending.push(member)
  }
  return count
}
