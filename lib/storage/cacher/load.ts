import { backgroundContext } from '../../meta/context.js'
import { yieldsToOthers } from '../../runtime/turns.js'
import type { KeyValue, RangeResult, RevisionedKV } from '../kv/types.js'

/** Before anything is known of the length of pairs. */
const FIRST_PAGE = 100
/** For each page etcd counts what is left, so there had better be few; two of them are in memory at once. */
const PAGE = 10_000
const PAGE_BYTES = 8 * 1024 * 1024
/** So many are taken in within a small part of a turn. */
const SLICE = 128

/** Some of the pairs below a prefix as they stand at one revision, the same for all. */
export interface LoadedSlice {
  readonly items: readonly KeyValue[]
  readonly revision: number
}

/**
 * All pairs below a prefix as they stand at one revision, in slices that take a moment each: other work gets its turn in
 * between, and the store makes the next page meanwhile. An empty range is one empty slice.
 */
export async function* loadAll(kv: RevisionedKV, prefix: string): AsyncGenerator<LoadedSlice> {
  const ctx = backgroundContext()
  const pause = yieldsToOthers(1)
  let coming: Promise<RangeResult> | undefined = kv.range(ctx, prefix, { limit: FIRST_PAGE })
  while (coming) {
    const { items, revision, more }: RangeResult = await coming
    coming = more ? kv.range(ctx, prefix, { start: behind(items), revision, limit: nextLimit(items) }) : undefined
    // Whoever leaves before the next page has no use for its failure either.
    coming?.catch(() => {})
    for (let from = 0; from === 0 || from < items.length; from += SLICE) {
      yield { items: items.slice(from, from + SLICE), revision }
      await pause()
    }
  }
}

const behind = (items: readonly KeyValue[]): string => `${items.at(-1)!.key}\0`

/** As many as fit into a page if they are like these. */
function nextLimit(items: readonly KeyValue[]): number {
  const bytes = items.reduce((sum, { key, value }) => sum + key.length + value.length, 0)
  return Math.max(1, Math.min(PAGE, Math.floor((PAGE_BYTES * items.length) / Math.max(1, bytes))))
}
