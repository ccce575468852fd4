import { unclassified } from '../../meta/errors.js'
import type { KubeObject, ManagedFieldsEntry } from '../../meta/types.js'
import { isJSONObject } from '../../runtime/json/index.js'
import type { Steps } from '../../runtime/steps.js'
import { ManagedFieldsError, type Managers, readStoredManagers } from './managers.js'

/** Managers that cannot be read are none. */
export function readable(read: () => Managers): Managers {
  try {
    return read()
  } catch (err) {
    if (err instanceof ManagedFieldsError) return new Map()
    throw err
  }
}

/** An empty list, or one entry that says nothing: the client wants the managers forgotten. */
export function isReset(entries: readonly ManagedFieldsEntry[]): boolean {
  if (!Array.isArray(entries) || entries.length > 1) return false
  const [only] = entries
  return only === undefined || (isJSONObject(only) && Object.values(only).every((value) => !value))
}

/** An apply has to know who owns what. */
export function* decodedManagers(live: KubeObject | undefined): Steps<Managers> {
  try {
    return yield* readStoredManagers(live?.metadata.managedFields)
  } catch (err) {
    if (err instanceof ManagedFieldsError) throw unclassified(`failed to decode managed fields: ${err.message}`)
    throw err
  }
}
