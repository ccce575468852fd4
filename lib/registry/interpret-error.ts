import {
  alreadyExists,
  badRequest,
  conflict,
  expired,
  internalError,
  notFound,
  serverTimeout,
  timeout,
  tooLargeResourceVersion,
} from '../meta/errors.js'
import { failureStatus, StatusError } from '../meta/status.js'
import type { GroupResource } from '../meta/types.js'
import { StorageError } from '../storage/errors.js'
import {
  CompactedError,
  NoSpaceError,
  TooLargeError,
  UnavailableError,
  UnknownOutcomeError,
} from '../storage/kv/types.js'

const RETRY_SECONDS = 2

/** An object is larger than the store takes. Clients know etcd's words, with which Kubernetes answers whatever they wrote. */
export class RequestTooLargeError extends StatusError {
  constructor() {
    super(failureStatus({ code: 500, message: 'etcdserver: request is too large' }))
  }
}

/** Says what storage found in the words of the API: the resource's name instead of keys. */
export function interpretStorageError(err: unknown, verb: string, resource: GroupResource, name: string): unknown {
  if (err instanceof StorageError) return interpretCode(err, resource, name)
  if (err instanceof UnavailableError) return serverTimeout(resource, verb, RETRY_SECONDS)
  if (err instanceof UnknownOutcomeError)
    return timeout('the store did not confirm the write; it may or may not have been made', RETRY_SECONDS)
  if (err instanceof TooLargeError) return new RequestTooLargeError()
  if (err instanceof NoSpaceError) return internalError(err)
  if (err instanceof CompactedError) return expired(`too old resource version: ${err.requested} (${err.compacted})`)
  return err
}

function interpretCode(err: StorageError, resource: GroupResource, name: string): unknown {
  switch (err.code) {
    case 'KeyNotFound':
      return notFound(resource, name)
    case 'KeyExists':
      return alreadyExists(resource, name)
    case 'InvalidObject':
      return conflict(resource, name, err.message)
    case 'Timeout':
      return timeout(err.message, RETRY_SECONDS)
    case 'TooLargeResourceVersion':
      return tooLargeResourceVersion(err.details.requested ?? '', err.details.current ?? 0, 1)
    case 'InvalidContinue':
      return badRequest(`invalid continue token: ${err.message}`)
    case 'Expired':
      return expired(err.message, err.details.continue ? { continue: err.details.continue } : undefined)
  }
}
