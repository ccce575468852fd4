import type { KubeObject } from '../../meta/types.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import { invalidObject } from '../errors.js'
import type { Preconditions } from '../interface.js'

/**
 * Refuses an object that is not the one its caller had in mind.
 *
 * @throws StorageError (InvalidObject)
 */
export function checkPreconditions(
  key: string,
  preconditions: Preconditions | undefined,
  stored: StoredObject<KubeObject>,
): void {
  if (!preconditions) return
  const { uid, resourceVersion } = preconditions
  if (uid !== undefined) {
    const actual = stored.object.metadata.uid ?? ''
    if (uid !== actual)
      throw invalidObject(key, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${actual}`)
  }
  if (resourceVersion !== undefined && resourceVersion !== stored.resourceVersion) {
    const versions = `ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${stored.resourceVersion}`
    throw invalidObject(key, `Precondition failed: ${versions}`)
  }
}
