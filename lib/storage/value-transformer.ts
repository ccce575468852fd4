/**
 * Stands between the encoded object and the store: encryption at rest plugs in here.
 * Synchronous on purpose: key services fetch their keys ahead and encrypt with node:crypto.
 */
export interface ValueTransformer {
  /** @param key the full key, to bind the ciphertext to its place. */
  toStorage(value: Buffer, key: string): Buffer
  /** `stale` asks for the value to be written anew at the next update (an old key, say). */
  fromStorage(value: Buffer, key: string): { readonly value: Buffer; readonly stale: boolean }
}

/** Stores values as they are. */
export const identityTransformer: ValueTransformer = {
  toStorage: (value) => value,
  fromStorage: (value) => ({ value, stale: false }),
}
