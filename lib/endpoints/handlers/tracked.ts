import { RequestTooLargeError } from '../../registry/index.js'

/**
 * Tries a write that is too large for the store once more without managedFields: an object that nobody owns is better than
 * none. Not for an apply, which is nothing without them.
 *
 * @param attempt told whether to say in managedFields who wrote what
 */
export async function trackedIfItFits<T>(attempt: (tracked: boolean) => Promise<T>): Promise<T> {
  try {
    return await attempt(true)
  } catch (err) {
    if (err instanceof RequestTooLargeError) return attempt(false)
    throw err
  }
}
