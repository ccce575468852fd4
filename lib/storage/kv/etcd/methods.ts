import type { Method } from './connection.js'

/** The calls of etcd's API that the store makes. @internal */
export const RANGE: Method = { service: 'KV', method: 'range' }
/** @internal */
export const TXN: Method = { service: 'KV', method: 'txn' }
/** @internal */
export const COMPACT: Method = { service: 'KV', method: 'compact' }
/** @internal */
export const LEASE_GRANT: Method = { service: 'Lease', method: 'leaseGrant' }
