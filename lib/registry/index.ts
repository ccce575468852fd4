/** Registry: what stands behind a resource path. The rest interfaces, the generic Store and its strategies. */
export { Informer } from './informer.js'
export { RequestTooLargeError } from './interpret-error.js'
export type * from './rest.js'
export { type SchemaStrategyOptions, schemaStrategy, statusStrategy } from './schema-strategy.js'
export type { StoreParts } from './store/parts.js'
export { Store as RegistryStore, type StoreOptions as RegistryStoreOptions } from './store/store.js'
export type { PrinterColumn } from './table-convertor.js'
