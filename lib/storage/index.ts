/**
 * Storage: objects in a revisioned key-value store. `etcd()` and `lmdb()` are the stores, `Store` speaks objects on them.
 * Usable without a server: `express-apiserver/storage`.
 */
export { backgroundContext, type Context } from '../meta/context.js'
export { EVERYTHING as everyField, type FieldSet, parseFieldSelector } from '../meta/fields/index.js'
export { EVERYTHING as everyLabel, parseLabelSelector } from '../meta/labels/index.js'
export type { KubeObject, ObjectMeta } from '../meta/types.js'
export { type JSONSchema, type KindVersion, kindVersion, Scheme, StorageCodec, StoredObject } from '../runtime/index.js'
export { compileSchema } from '../runtime/schema/index.js'
export { Cacher, type CacherOptions, CacherStats, ChangeFeed } from './cacher/index.js'
export { decodeContinue, encodeContinue } from './continue-token.js'
export { DryRunnableStorage } from './dry-runnable.js'
export { isStorageError, StorageError, type StorageErrorCode } from './errors.js'
export type {
  EventSource,
  GetOptions,
  Interface,
  ListOptions,
  Preconditions,
  ResourceVersionMatch,
  StoredList,
  TakenEvents,
  UpdateOptions,
  UpdateResult,
  WatchEvent,
  WatchOptions as StorageWatchOptions,
} from './interface.js'
export { type EtcdKV, type EtcdOptions, etcd } from './kv/etcd/index.js'
export { type LmdbKV, type LmdbOptions, lmdb } from './kv/lmdb/index.js'
export * from './kv/types.js'
export { LeaseManager } from './lease-manager.js'
export { SelectionPredicate } from './selection-predicate.js'
export { Store, type StoreOptions } from './store/store.js'
export { identityTransformer, type ValueTransformer } from './value-transformer.js'
export { type Versioner, validateMinimumResourceVersion, versioner } from './versioner.js'
