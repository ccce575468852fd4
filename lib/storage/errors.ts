export type StorageErrorCode =
  | 'KeyNotFound'
  | 'KeyExists'
  | 'InvalidObject'
  | 'Timeout'
  | 'Expired'
  | 'TooLargeResourceVersion'
  | 'InvalidContinue'

/** What storage tells its caller, who turns it into a `Status` with the resource's name (Kubernetes' `StorageError`). */
export class StorageError extends Error {
  override readonly name = 'StorageError'
  constructor(
    readonly code: StorageErrorCode,
    readonly key: string,
    message: string,
    /** Facts that messages to clients need. */
    readonly details: { readonly requested?: string; readonly current?: number; readonly continue?: string } = {},
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

export const keyNotFound = (key: string): StorageError => new StorageError('KeyNotFound', key, `key not found: ${key}`)

export const keyExists = (key: string): StorageError => new StorageError('KeyExists', key, `key exists: ${key}`)

/** A precondition on uid or resourceVersion did not hold; the message is Kubernetes' own form. */
export function invalidObject(key: string, additional: string): StorageError {
  const text = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${additional}`
  return new StorageError('InvalidObject', key, text)
}

export const tooLargeResourceVersion = (requested: string, current: number): StorageError =>
  new StorageError('TooLargeResourceVersion', '', `Too large resource version: ${requested}, current: ${current}`, {
    requested,
    current,
  })

export const isStorageError = (err: unknown, code: StorageErrorCode): err is StorageError =>
  err instanceof StorageError && err.code === code
