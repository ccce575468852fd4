import type { KubeObject } from '../../meta/types.js'
import type { Scheme } from '../../runtime/scheme.js'
import type { Steps } from '../../runtime/steps.js'
import { FieldSet } from './field-set.js'
import type { Manager, Managers } from './managers.js'
import { withNamedFields } from './named-fields.js'
import { NEVER_OWNED } from './never-owned.js'
import { removeItems } from './remove-items.js'
import { everyPath } from './to-field-set.js'
import { convertTo, kindIn, type VersionedValue } from './versioned-value.js'

/**
 * Removes what an applier applied the last time and does not apply any more, unless somebody else owns it: fields, items
 * and whole containers with what nobody owns in them.
 *
 * @param merged the live object with the configuration laid over it
 * @param last what the applier owned until now
 * @param managers all managers, the applier with what it owns from now on
 * @param applied the configuration: an empty list in it is no field that somebody owns, but is not abandoned either
 */
export function* prune(
  scheme: Scheme,
  merged: VersionedValue,
  last: Manager | undefined,
  managers: Managers,
  applied: VersionedValue,
): Steps<VersionedValue> {
  if (last === undefined || last.fields.set.isEmpty) return merged
  const kind = kindIn(scheme, merged.kind, last.apiVersion)
  if (kind === undefined) return merged
  const before = convertTo(scheme, merged, kind)
  const abandoned = withNamedFields(before.type, last.fields.set).difference(NEVER_OWNED)
  yield
  const owned = yield* ownedByVersion(managers)
  const kept = keptIn(before, owned.get(kind.apiVersion))
  yield
  const unowned = abandoned.difference(kept)
  yield
  // Mostly an applier goes on with all that it applied before.
  if (unowned.isEmpty) return merged
  owned.delete(kind.apiVersion)
  const stated = kind === applied.kind ? everyPath(applied.type, applied.object) : FieldSet.EMPTY
  yield
  const candidates = unowned.difference(stated)
  yield
  const remove = yield* ownedElsewhere(scheme, before, candidates, owned)
  if (remove.isEmpty) return merged
  yield
  return convertTo(scheme, without(before, remove), merged.kind)
}

function* ownedByVersion(managers: Managers): Steps<Map<string, FieldSet>> {
  const owned = new Map<string, FieldSet>()
  for (const { apiVersion, fields } of managers.values()) {
    owned.set(apiVersion, (owned.get(apiVersion) ?? FieldSet.EMPTY).union(fields.set))
    yield
  }
  return owned
}

const keptIn = (value: VersionedValue, owned: FieldSet | undefined): FieldSet =>
  owned === undefined ? FieldSet.EMPTY : withNamedFields(value.type, owned)

const without = (value: VersionedValue, remove: FieldSet): VersionedValue => ({
  ...value,
  object: removeItems(value.type, value.object, remove) as KubeObject,
})

/**
 * What may go although managers of other versions own fields: the object is tried without it in each of their versions,
 * what they own is put back there, and what is back after all conversions stays.
 */
function* ownedElsewhere(
  scheme: Scheme,
  before: VersionedValue,
  remove: FieldSet,
  owned: ReadonlyMap<string, FieldSet>,
): Steps<FieldSet> {
  if (remove.isEmpty || owned.size === 0) return remove
  let whole = before
  let pruned = without(before, remove)
  for (const [apiVersion, fields] of owned) {
    const kind = kindIn(scheme, before.kind, apiVersion)
    if (kind === undefined) continue
    whole = convertTo(scheme, whole, kind)
    const left = convertTo(scheme, pruned, kind)
    yield
    const stays = pathsOf(left).union(withNamedFields(whole.type, fields))
    yield
    pruned = without(whole, pathsOf(whole).difference(stays).difference(NEVER_OWNED))
    yield
  }
  const survived = convertTo(scheme, pruned, before.kind)
  return remove.difference(pathsOf(survived))
}

const pathsOf = (value: VersionedValue): FieldSet => everyPath(value.type, value.object)
