import type { ILeaseGrantResponse } from 'etcd3'
import type { Context } from '../../../meta/context.js'
import { KVError, type Lease } from '../types.js'
import type { Connection } from './connection.js'
import { LEASE_GRANT } from './methods.js'

/** Grants a lease. Of a grant whose answer is lost nothing stays but a lease without keys, which ends by itself. @internal */
export async function grantLease(connection: Connection, context: Context, ttlSeconds: number): Promise<Lease> {
  if (!Number.isSafeInteger(ttlSeconds) || ttlSeconds < 1) {
    throw new RangeError('etcd: the time to live of a lease must be a whole number of seconds, 1 or more')
  }
  const response = await connection.write<ILeaseGrantResponse>(LEASE_GRANT, { TTL: ttlSeconds, ID: 0 }, context)
  if (response.error) throw new KVError(`etcd: ${response.error}`)
  return { id: response.ID, ttlSeconds: Number(response.TTL) }
}
