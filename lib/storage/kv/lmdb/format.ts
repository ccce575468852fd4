import { KVError } from '../types.js'
import type { Environment } from './tables.js'

/** The layout that this code reads and writes. Raise it when older code could no longer read a store. */
const FORMAT_VERSION = 1

const PRODUCT = 'express-apiserver revisioned key-value store'
const STAMP = 'format'

/**
 * Stamps an empty environment, and refuses one that others made: a store of a newer format, or anything else of LMDB.
 *
 * @throws {KVError} when the store cannot be used
 */
export function checkFormat(env: Environment, path: string): void {
  const stamp = env.get(STAMP)
  if (stamp === undefined) {
    for (const key of env.getKeys({ start: Buffer.from([0]), limit: 1 })) {
      throw new KVError(`${path} holds an LMDB database that is not ours (it has ${JSON.stringify(key.slice(0, 40))})`)
    }
    env.transactionSync(() =>
      env.put(STAMP, Buffer.from(JSON.stringify({ product: PRODUCT, version: FORMAT_VERSION }))),
    )
    return
  }
  const { product, version } = parseStamp(stamp)
  if (product !== PRODUCT || typeof version !== 'number') {
    throw new KVError(`${path} holds an LMDB database that is not ours (its format stamp is unknown)`)
  }
  if (version !== FORMAT_VERSION) {
    throw new KVError(
      `${path} has format version ${version}, written by a newer release; this one reads version ${FORMAT_VERSION}`,
    )
  }
}

function parseStamp(stamp: Buffer): { product?: unknown; version?: unknown } {
  try {
    return Object(JSON.parse(stamp.toString()))
  } catch {
    return {}
  }
}
