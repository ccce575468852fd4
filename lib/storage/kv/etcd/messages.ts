import type { IKeyValue } from 'etcd3'
import { type KeyValue, KVError } from '../types.js'

/** int64 arrive as decimal strings. @internal */
export function parseRevision(text: string): number {
  const revision = Number(text)
  if (!Number.isSafeInteger(revision)) throw new KVError(`etcd: the revision ${text} is beyond 2^53`)
  return revision
}

/** @internal */
export function parseKeyValue(kv: IKeyValue): KeyValue {
  return {
    key: kv.key.toString('utf8'),
    value: kv.value,
    createRevision: parseRevision(kv.create_revision),
    modRevision: parseRevision(kv.mod_revision),
    lease: kv.lease === '0' ? '' : kv.lease,
  }
}

/** A key's bytes; text with a lone surrogate has none, and would be stored as another key. @internal */
export function encodeKey(key: string): Buffer {
  if (LONE_SURROGATE.test(key)) throw new KVError('etcd: the key is not well-formed Unicode')
  return Buffer.from(key, 'utf8')
}

const LONE_SURROGATE = /\p{Surrogate}/u
const ZERO = Buffer.of(0)

/** The `key` and `range_end` of all keys with a prefix, from `start` on. @internal */
export function prefixRange(prefix: string, start?: string): { key: Buffer; range_end: Buffer } {
  const first = encodeKey(prefix)
  const key = start === undefined ? first : encodeKey(start)
  // etcd takes no empty key; every key is at least one NUL.
  return { key: key.length === 0 ? ZERO : key, range_end: afterPrefix(first) }
}

/** The least key above all keys with a prefix; a single NUL means that there is none. */
function afterPrefix(prefix: Buffer): Buffer {
  const last = prefix.findLastIndex((byte) => byte < 0xff)
  if (last < 0) return ZERO
  const end = Buffer.from(prefix.subarray(0, last + 1))
  end[last] = prefix[last]! + 1
  return end
}
