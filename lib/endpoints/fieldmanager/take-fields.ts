import type { Scheme } from '../../runtime/scheme.js'
import type { Steps } from '../../runtime/steps.js'
import { type Comparison, compare } from './compare.js'
import { ApplyConflictError } from './conflicts.js'
import type { FieldSet } from './field-set.js'
import type { FieldType } from './field-type.js'
import { type Managers, withFields } from './managers.js'
import { reconcile } from './reconcile.js'
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
export function* takeFields(
  change: Change,
  managers: Managers,
  writer: string | undefined,
  force: boolean,
): Steps<void> {
  const conflicts = new Map<string, FieldSet>()
  const left = new Map<string, FieldSet>()
  const versions = new ChangeInVersions(change)
  for (const [id, manager] of [...managers]) {
    if (id === writer) continue
    const version = versions.in(manager.apiVersion)
    if (version === undefined) managers.delete(id)
    else if (manager.fields.mayOwn(version.touched)) {
      const owned = reconcile(version.type, manager.fields.set)
      yield
      const taken = owned.intersection(version.changed)
      if (!taken.isEmpty) conflicts.set(id, taken)
      yield
      left.set(id, owned.difference(version.touched))
    }
    yield
  }
  if (!force && conflicts.size > 0) throw new ApplyConflictError(conflicts, managers)
  for (const [id, fields] of left) {
    if (fields.isEmpty) managers.delete(id)
    else managers.set(id, withFields(managers.get(id)!, fields))
  }
}

/** A change in one version: what got another value, and that together with what is gone. */
interface VersionedChange {
  readonly type: FieldType
  readonly changed: FieldSet
  readonly touched: FieldSet
}

function versionedChange(type: FieldType, { added, modified, removed }: Comparison): VersionedChange {
  const changed = added.union(modified)
  return { type, changed, touched: changed.union(removed) }
}

/** What a change looks like in the versions of the managers; each version is converted to once. */
class ChangeInVersions {
  readonly #change: Change
  readonly #known = new Map<string, VersionedChange | undefined>()

  constructor(change: Change) {
    const { now, comparison } = change
    this.#change = change
    this.#known.set(now.kind.apiVersion, versionedChange(now.type, comparison))
  }

  /** @returns undefined for a version that is not served */
  in(apiVersion: string): VersionedChange | undefined {
    if (!this.#known.has(apiVersion)) this.#known.set(apiVersion, this.#convertedTo(apiVersion))
    return this.#known.get(apiVersion)
  }

  #convertedTo(apiVersion: string): VersionedChange | undefined {
    const { scheme, reset, old, now } = this.#change
    const kind = kindIn(scheme, now.kind, apiVersion)
    if (kind === undefined) return undefined
    const before = convertTo(scheme, old, kind)
    const after = convertTo(scheme, now, kind)
    return versionedChange(after.type, reset.exclude(compare(after.type, before.object, after.object)))
  }
}
