/**
 * Storage: objects in a revisioned key-value store. `etcd()` and `lmdb()` are the stores, `Store` speaks objects on them.
 * Usable without a server: `express-apiserver/storage`.
 */
export { backgroundContext, type Context } from '../meta/context.js'
export { decodeContinue, encodeContinue } from './continue-token.js'
export { DryRunnableStorage } from './dry-runnable.js'
export { isStorageError, StorageError, type StorageErrorCode } from './errors.js'
export type {
  GetOptions,
  Interface,
  ListOptions,
  Preconditions,
  ResourceVersionMatch,
  StoredList,
  UpdateOptions,
  UpdateResult,
  WatchEvent,
  WatchOptions as StorageWatchOptions,
} from './interface.js'
export { etcd } from './kv/etcd/index.js'
export { lmdb } from './kv/lmdb/index.js'
export * from './kv/types.js'
export { LeaseManager } from './lease-manager.js'
export { SelectionPredicate } from './selection-predicate.js'
export { Store, type StoreOptions } from './store/store.js'
export { identityTransformer, type ValueTransformer } from './value-transformer.js'
export { type Versioner, validateMinimumResourceVersion, versioner } from './versioner.js'
