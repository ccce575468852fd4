import type { KubeObject, ManagedFieldsEntry, ObjectMeta } from '../meta/types.js'
import { deepEqual, setOwnProperty } from '../runtime/json/index.js'

/**
 * Makes an update that changes nothing one that writes nothing: where all that is new is the time of a manager, or the
 * order of keys, the object becomes what is stored again.
 */
export function restoreUnchanged(object: KubeObject, old: KubeObject): void {
  if (!isUnchanged(object, old)) return
  for (const field of Object.keys(object)) delete object[field]
  for (const field of Object.keys(old)) setOwnProperty(object, field, old[field])
}

function isUnchanged(object: KubeObject, old: KubeObject): boolean {
  // The version that the writer speaks is no part of the object.
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = object
  const { apiVersion: _oldVersion, kind: _oldKind, metadata: oldMetadata, ...oldRest } = old
  return sameMetadata(metadata, oldMetadata) && deepEqual(rest, oldRest)
}

function sameMetadata(metadata: ObjectMeta, old: ObjectMeta): boolean {
  const { managedFields, ...rest } = metadata
  const { managedFields: oldManagedFields, ...oldRest } = old
  return sameManagers(managedFields, oldManagedFields) && deepEqual(rest, oldRest)
}

function sameManagers(entries: readonly ManagedFieldsEntry[] = [], old: readonly ManagedFieldsEntry[] = []): boolean {
  if (entries === old) return true
  return entries.length === old.length && entries.every((entry, index) => sameButTime(entry, old[index]!))
}

function sameButTime({ time: _, ...entry }: ManagedFieldsEntry, { time: _old, ...old }: ManagedFieldsEntry): boolean {
  return deepEqual(entry, old)
}
