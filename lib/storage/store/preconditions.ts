import type { KubeObject } from '../../meta/types.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import { invalidObject } from '../errors.js'
import type { Preconditions } from '../interface.js'

/**
 * Refuses an object that is not the one its caller had in mind. One that is not there has neither a uid nor a version.
 *
 * @throws StorageError (InvalidObject)
 */
export function checkPreconditions(
  key: string,
  preconditions: Preconditions | undefined,
  stored: StoredObject<KubeObject> | undefined,
): void {
  if (!preconditions) return
  const { uid, resourceVersion } = preconditions
  if (uid !== undefined) {
    const actual = stored?.object.metadata.uid ?? ''
    if (uid !== actual)
      throw invalidObject(key, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${actual}`)
  }
  const version = stored?.resourceVersion ?? ''
  if (resourceVersion !== undefined && resourceVersion !== version) {
    const versions = `ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${version}`
    throw invalidObject(key, `Precondition failed: ${versions}`)
  }
}
