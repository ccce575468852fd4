import type { KindVersion } from '../../runtime/kind.js'
import type { StoredObject } from '../../runtime/stored-object.js'

const COMMA = 0x2c

/**
 * Writes items of a list into `target`, from item `from` on and offset `at` on, as many as fit, a comma behind each.
 *
 * They are placed from the last to the first: an item's encoding is copied whole, with the kind that lists leave out in
 * front of it, and what is too much there the item before writes over. So each item costs one plain copy.
 *
 * @param at at least {@link headroom}
 * @returns where to go on, and the offset behind what was written; no item when the next one alone is too long
 */
export function writeItems(
  items: readonly StoredObject[],
  kind: KindVersion,
  from: number,
  target: Buffer,
  at: number,
): { readonly next: number; readonly end: number } {
  const starts: number[] = []
  let end = at
  let next = from
  for (; next < items.length; next++) {
    const size = items[next]!.itemSizeAs(kind) + 1
    if (end + size > target.length) break
    starts.push(end)
    end += size
  }
  let behind = end
  for (let i = next - 1; i >= from; i--) {
    const start = starts[i - from]!
    items[i]!.copyItemAs(kind, target, start)
    target[behind - 1] = COMMA
    behind = start
  }
  return { next, end }
}

/** How many bytes in front of the first item are written to, and mean nothing. */
export const headroom = (kind: KindVersion): number => kind.prefix.length
