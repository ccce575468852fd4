import type { KeyValue, KVEvent } from '../types.js'

/**
 * Bytes on disk. Numbers are big-endian, so that they sort.
 *
 * - `latest`: key → revision 8, create revision 8, lease length 1, lease, value
 * - `superseded`: escaped key, 0 0, revision 8, revision that replaced it 8 → the same bytes
 * - `events`: revision 8 → for each event: kind 1, revision of the pair before 8, key length 2, key
 */

/** A pair while it is put together. */
export type MutableKeyValue = { -readonly [P in keyof KeyValue]: KeyValue[P] }

/** Where a superseded pair is found. It was valid from `revision` until just before `until`. */
export interface SupersededKey {
  readonly key: string
  readonly revision: number
  readonly until: number
}

/** An event as it is stored: the pairs themselves are looked up. */
export interface StoredEvent {
  readonly type: KVEvent['type']
  readonly key: string
  /** Revision of the pair that stood before, 0 if none. */
  readonly before: number
}

const TWO_32 = 2 ** 32
const PAIR_HEADER = 17
const EVENT_HEADER = 11
const SUFFIX = 18

function writeRevision(target: Buffer, revision: number, at: number): number {
  target.writeUInt32BE(Math.floor(revision / TWO_32), at)
  return target.writeUInt32BE(revision % TWO_32, at + 4)
}

// The driver hands out plain Uint8Arrays too, so no Buffer methods here.
const readUint32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0

const readRevision = (bytes: Uint8Array, at: number): number =>
  readUint32(bytes, at) * TWO_32 + readUint32(bytes, at + 4)

export function encodePair(kv: KeyValue): Buffer {
  const bytes = Buffer.allocUnsafe(PAIR_HEADER + kv.lease.length + kv.value.length)
  writeRevision(bytes, kv.modRevision, 0)
  writeRevision(bytes, kv.createRevision, 8)
  bytes[16] = kv.lease.length
  bytes.write(kv.lease, PAIR_HEADER, 'latin1')
  bytes.set(kv.value, PAIR_HEADER + kv.lease.length)
  return bytes
}

/** Decodes a pair, all but its key. Copies the value, because the driver reuses `bytes`. */
export function decodePair(bytes: Uint8Array): MutableKeyValue {
  const start = PAIR_HEADER + bytes[16]!
  const end = bytes.length
  const value = Buffer.allocUnsafe(end - start)
  value.set(bytes.subarray(start, end))
  return {
    key: '',
    value,
    createRevision: readRevision(bytes, 8),
    modRevision: readRevision(bytes, 0),
    lease: start === PAIR_HEADER ? '' : String.fromCharCode(...bytes.subarray(PAIR_HEADER, start)),
  }
}

export function encodeEvents(events: readonly KVEvent[]): Buffer {
  const sizes = events.map((event) => Buffer.byteLength(event.key))
  const bytes = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + size + EVENT_HEADER, 0))
  let at = 0
  for (const [i, event] of events.entries()) {
    bytes[at] = event.type === 'put' ? 1 : 0
    writeRevision(bytes, event.prev?.modRevision ?? 0, at + 1)
    bytes.writeUInt16BE(sizes[i]!, at + 9)
    bytes.write(event.key, at + EVENT_HEADER)
    at += EVENT_HEADER + sizes[i]!
  }
  return bytes
}

export function decodeEvents(bytes: Uint8Array): StoredEvent[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const events: StoredEvent[] = []
  for (let at = 0; at < view.length; ) {
    const end = at + EVENT_HEADER + view.readUInt16BE(at + 9)
    events.push({
      type: view[at] === 1 ? 'put' : 'delete',
      before: readRevision(view, at + 1),
      key: view.toString('utf8', at + EVENT_HEADER, end),
    })
    at = end
  }
  return events
}

/** A NUL inside a key becomes 0 255, so that 0 0 can end it and the order stays that of the keys. */
export function escapeKey(key: string): Buffer {
  const bytes = Buffer.from(key)
  if (!bytes.includes(0)) return bytes
  return Buffer.from(bytes.toString('latin1').replaceAll('\0', '\0\xff'), 'latin1')
}

const unescapeKey = (bytes: Buffer): string =>
  bytes.includes(0)
    ? Buffer.from(bytes.toString('latin1').replaceAll('\0\xff', '\0'), 'latin1').toString()
    : bytes.toString()

export function encodeSupersededKey(key: string, revision: number, until: number): Buffer {
  const escaped = escapeKey(key)
  const bytes = Buffer.allocUnsafe(escaped.length + SUFFIX)
  bytes.set(escaped)
  bytes.writeUInt16BE(0, escaped.length)
  writeRevision(bytes, revision, escaped.length + 2)
  writeRevision(bytes, until, escaped.length + 10)
  return bytes
}

/** The first bytes after everything that begins with `prefix`; undefined if there are none. */
export function afterPrefix(prefix: Buffer): Buffer | undefined {
  let end = prefix.length
  while (end > 0 && prefix[end - 1] === 0xff) end--
  if (end === 0) return undefined
  const bytes = Buffer.from(prefix.subarray(0, end))
  bytes[end - 1]! += 1
  return bytes
}

/** How the driver writes a key into its buffer, and reads it back. A RangeError makes it take a larger buffer. */
export interface KeyCodec<K> {
  writeKey(key: K | Buffer, target: Buffer, start: number): number
  readKey(target: Buffer, start: number, end: number): K
}

function writeBytes(bytes: Buffer, target: Buffer, start: number): number {
  target.set(bytes, start)
  return start + bytes.length
}

export const textKeys: KeyCodec<string> = {
  writeKey(key, target, start) {
    if (typeof key !== 'string') return writeBytes(key, target, start)
    // A write would cut what does not fit, in silence.
    if (start + key.length * 3 > target.length && start + Buffer.byteLength(key) > target.length) {
      throw new RangeError('the key does not fit')
    }
    return start + target.write(key, start)
  },
  readKey: (target, start, end) => target.toString('utf8', start, end),
}

export const revisionKeys: KeyCodec<number> = {
  writeKey: (key, target, start) =>
    typeof key === 'number' ? writeRevision(target, key, start) : writeBytes(key, target, start),
  readKey: (target, start) => readRevision(target, start),
}

export const supersededKeys: KeyCodec<SupersededKey> = {
  writeKey: (key, target, start) =>
    writeBytes(Buffer.isBuffer(key) ? key : encodeSupersededKey(key.key, key.revision, key.until), target, start),
  readKey: (target, start, end) => ({
    key: unescapeKey(target.subarray(start, end - SUFFIX)),
    revision: readRevision(target, end - 16),
    until: readRevision(target, end - 8),
  }),
}
