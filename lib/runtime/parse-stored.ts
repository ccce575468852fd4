import type { KubeObject } from '../meta/types.js'
import { decodeJSON, isJSONObject } from './json/index.js'
import { startsWith } from './splice.js'

/** What Kubernetes' protobuf values begin with. */
const PROTOBUF_MAGIC = Buffer.from('k8s\0')

/** What the store holds under a key is no object of the key's kind. */
export class UnreadableValueError extends Error {
  override readonly name = 'UnreadableValueError'
  constructor(
    readonly key: string,
    why: string,
    options?: ErrorOptions,
  ) {
    super(`the value stored at ${key} cannot be read: ${why}`, options)
  }
}

/**
 * A stored value as an object of whatever kind it says.
 *
 * @param key where the value stands, for messages
 * @throws UnreadableValueError
 */
export function parseStored(value: Buffer, key: string): KubeObject {
  if (startsWith(value, PROTOBUF_MAGIC))
    throw new UnreadableValueError(key, 'it is in the protobuf format of Kubernetes, and JSON alone is understood')
  let object: unknown
  try {
    object = decodeJSON(value).value
  } catch (err) {
    throw new UnreadableValueError(key, (err as Error).message, { cause: err })
  }
  if (!isJSONObject(object) || !isJSONObject(object.metadata))
    throw new UnreadableValueError(key, 'it is no object with metadata')
  return object as KubeObject
}
