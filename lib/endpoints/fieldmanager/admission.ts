import type { KubeObject, ManagedFieldsEntry } from '../../meta/types.js'
import { decodeManagers, ManagedFieldsError } from './managers.js'

/** Puts back the managers of an object when an admission plugin left something there that cannot be read. */
export function guardManagedFields(
  warn: (text: string) => void,
  object: KubeObject,
  before: ManagedFieldsEntry[] | undefined,
): void {
  if (object.metadata.managedFields === before) return
  try {
    decodeManagers(object.metadata.managedFields)
  } catch (err) {
    if (!(err instanceof ManagedFieldsError)) throw err
    if (before === undefined) delete object.metadata.managedFields
    else object.metadata.managedFields = before
    warn(
      `.metadata.managedFields was in an invalid state after admission; this could be caused by an outdated mutating admission controller; please fix your requests: ${err.message}`,
    )
  }
}
