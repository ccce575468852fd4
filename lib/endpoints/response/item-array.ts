import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { KindVersion } from '../../runtime/kind.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import { headroom, writeItems } from './item-writer.js'
import { GZIP_OPTIONS } from './write.js'

/** Lists up to this size are joined, and kept for as long as nothing changes; longer ones are sent object by object. */
const MAX_BYTES = 4 * 1024 * 1024
const END = Buffer.from(']}\n')

const gzipBuffer = promisify(gzip)

/** The end of a list from its array on, and whole lists in compressed form. */
class ItemArray {
  readonly #packed = new Map<string, Promise<Buffer>>()

  constructor(readonly bytes: Buffer) {}

  /** The whole list, compressed off the main thread and once for all who ask for the same. */
  packed(head: Buffer): Promise<Buffer> {
    const key = head.toString('latin1')
    let packed = this.#packed.get(key)
    if (!packed) {
      packed = gzipBuffer(Buffer.concat([head, this.bytes]), GZIP_OPTIONS)
      // Only the newest head is asked for again.
      this.#packed.clear()
      this.#packed.set(key, packed)
    }
    return packed
  }
}

const joined = new WeakMap<readonly StoredObject[], Map<KindVersion, ItemArray>>()

/** The items' bytes as they end a list, joined once for all readers of the same items; undefined for very long lists. */
export function itemArrayOf(items: readonly StoredObject[], kind: KindVersion): ItemArray | undefined {
  const known = joined.get(items)?.get(kind)
  if (known) return known
  let size = END.length + 1
  for (const item of items) {
    size += item.itemSizeAs(kind) + 1
    if (size > MAX_BYTES) return undefined
  }
  const made = new ItemArray(join(items, kind, size))
  const byKind = joined.get(items) ?? new Map<KindVersion, ItemArray>()
  joined.set(items, byKind.set(kind, made))
  return made
}

function join(items: readonly StoredObject[], kind: KindVersion, size: number): Buffer {
  const front = headroom(kind)
  const bytes = Buffer.allocUnsafeSlow(front + size)
  const { end } = writeItems(items, kind, 0, bytes, front + 1)
  bytes[front] = 0x5b
  // The last item's comma is one too many.
  const at = items.length > 0 ? end - 1 : end
  END.copy(bytes, at)
  return bytes.subarray(front, at + END.length)
}
