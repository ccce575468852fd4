import type { KubeObject } from '../../meta/types.js'
import { type StorageCodec, StoredObject } from '../../runtime/stored-object.js'
import type { KeyValue, RevisionedKV } from '../kv/types.js'
import type { LeaseManager } from '../lease-manager.js'
import type { ValueTransformer } from '../value-transformer.js'

/** What every verb of the Store works with. */
export interface Backing<T extends KubeObject> {
  readonly kv: RevisionedKV
  readonly codec: StorageCodec<T>
  /** Path prefix of all keys, without a slash at its end, e.g. `/registry`. */
  readonly prefix: string
  readonly transformer: ValueTransformer
  readonly leases: LeaseManager
}

/** The full key of an object. @throws Error for a key that is no path */
export function fullKey<T extends KubeObject>(backing: Backing<T>, key: string): string {
  if (!key.startsWith('/')) throw new Error(`key ${JSON.stringify(key)} does not begin with a slash`)
  return backing.prefix + key
}

/** The prefix that everything below a key begins with: `/a` must not take in `/ab`. */
export function listPrefix<T extends KubeObject>(backing: Backing<T>, key: string): string {
  const prefix = fullKey(backing, key)
  return prefix.endsWith('/') ? prefix : `${prefix}/`
}

/** A stored pair as an object; nothing is parsed yet. */
export function storedObject<T extends KubeObject>(backing: Backing<T>, kv: KeyValue): StoredObject<T> {
  const { value, stale } = backing.transformer.fromStorage(kv.value, kv.key)
  return new StoredObject(kv.key, value, kv.modRevision, backing.codec, undefined, stale || kv.lease !== '')
}
