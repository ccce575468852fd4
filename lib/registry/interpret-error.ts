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
import type { GroupResource, KubeObject } from '../meta/types.js'
import { encodeJSON } from '../runtime/json/index.js'
import { StorageError } from '../storage/errors.js'
import {
  CompactedError,
  NoSpaceError,
  TooLargeError,
  UnavailableError,
  UnknownOutcomeError,
} from '../storage/kv/types.js'

const RETRY_SECONDS = 2

/** What Kubernetes sends to etcd at most, in bytes; more does not leave it. */
const MAX_SENT_BYTES = 2 * 1024 * 1024

/**
 * An object is larger than the store takes. Clients know etcd's words, with which Kubernetes answers whatever they wrote, or
 * those of etcd's client where even that takes no more.
 */
export class RequestTooLargeError extends StatusError {
  /** @param object what could not be stored, if that is known */
  constructor(object?: KubeObject) {
    const bytes = object === undefined ? 0 : encodeJSON(object).length
    const message =
      bytes > MAX_SENT_BYTES
        ? `rpc error: code = ResourceExhausted desc = trying to send message larger than max (${bytes} vs. ${MAX_SENT_BYTES})`
        : 'etcdserver: request is too large'
    super(failureStatus({ code: 500, message }))
  }
}

/**
 * Says what storage found in the words of the API: the resource's name instead of keys.
 *
 * @param written what was to be stored, if anything was
 */
export function interpretStorageError(
  err: unknown,
  verb: string,
  resource: GroupResource,
  name: string,
  written?: KubeObject,
): unknown {
  if (err instanceof StorageError) return interpretCode(err, resource, name)
  if (err instanceof UnavailableError) return serverTimeout(resource, verb, RETRY_SECONDS)
  if (err instanceof UnknownOutcomeError)
    return timeout('the store did not confirm the write; it may or may not have been made', RETRY_SECONDS)
  if (err instanceof TooLargeError) return new RequestTooLargeError(written)
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
