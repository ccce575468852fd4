import type { Scheme } from '../../runtime/scheme.js'
import { type Comparison, compare } from './compare.js'
import { ApplyConflictError } from './conflicts.js'
import type { FieldSet } from './field-set.js'
import { type Managers, withFields } from './managers.js'
import type { ResetFields } from './reset-fields.js'
import { convertTo, kindIn, type VersionedValue } from './versioned-value.js'

/** One write: two states of an object in the version of the request. */
export interface Change {
  readonly scheme: Scheme
  readonly reset: ResetFields
  readonly old: VersionedValue
  readonly now: VersionedValue
  /** What the two differ in, without what the endpoint does not write. */
  readonly comparison: Comparison
}

export function changeOf(scheme: Scheme, reset: ResetFields, old: VersionedValue, now: VersionedValue): Change {
  const comparison = reset.exclude(compare(now.type, old.object, now.object))
  return { scheme, reset, old, now, comparison }
}

/**
 * Takes from all managers but the writer what the write changed or removed, and drops those that are left with nothing and
 * those whose version is served no more. Changes `managers`.
 *
 * @throws ApplyConflictError when something is owned by another manager and may not be taken
 */
export function takeFields(change: Change, managers: Managers, writer: string | undefined, force: boolean): void {
  const conflicts = new Map<string, FieldSet>()
  const left = new Map<string, FieldSet>()
  const comparisons = new Comparisons(change)
  for (const [id, manager] of [...managers]) {
    if (id === writer) continue
    const comparison = comparisons.in(manager.apiVersion)
    if (comparison === undefined) {
      managers.delete(id)
      continue
    }
    const { added, modified, removed } = comparison
    const taken = manager.fields.intersection(modified.union(added))
    if (!taken.isEmpty) conflicts.set(id, taken)
    left.set(id, manager.fields.difference(taken).difference(removed))
  }
  if (!force && conflicts.size > 0) throw new ApplyConflictError(conflicts, managers)
  for (const [id, fields] of left) {
    const manager = managers.get(id)!
    if (fields.isEmpty) managers.delete(id)
    else managers.set(id, withFields(manager, fields))
  }
}

/** What a change looks like in the versions of the managers; each version is converted to once. */
class Comparisons {
  readonly #change: Change
  readonly #known = new Map<string, Comparison | undefined>()

  constructor(change: Change) {
    this.#change = change
    this.#known.set(change.now.kind.apiVersion, change.comparison)
  }

  /** @returns undefined for a version that is not served */
  in(apiVersion: string): Comparison | undefined {
    if (!this.#known.has(apiVersion)) this.#known.set(apiVersion, this.#compareIn(apiVersion))
    return this.#known.get(apiVersion)
  }

  #compareIn(apiVersion: string): Comparison | undefined {
    const { scheme, reset, old, now } = this.#change
    const kind = kindIn(scheme, now.kind, apiVersion)
    if (kind === undefined) return undefined
    const before = convertTo(scheme, old, kind)
    const after = convertTo(scheme, now, kind)
    return reset.exclude(compare(after.type, before.object, after.object))
  }
}
