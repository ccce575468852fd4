import { badRequest } from '../../meta/errors.js'
import { type ContinuePoint, decodeContinue } from '../continue-token.js'
import type { ListOptions } from '../interface.js'

/**
 * Where the list of a token goes on.
 *
 * @throws StorageError (InvalidContinue); StatusError 400 for a resourceVersion beside a good token, which has its own
 */
export function nextPage({ predicate, resourceVersion = '' }: ListOptions, prefix: string): ContinuePoint {
  const point = decodeContinue(predicate.continueToken, prefix)
  if (resourceVersion !== '' && resourceVersion !== '0')
    throw badRequest('specifying resource version is not allowed when using continue')
  return point
}
