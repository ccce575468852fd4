import { backgroundContext } from '../../meta/context.js'
import { takeTurn } from '../../runtime/turns.js'
import type { KeyValue, RangeResult, RevisionedKV } from '../kv/types.js'

/** For each page etcd counts what is left, so there had better be few. */
const PAGE = 5_000

/**
 * All pairs below a prefix as they stand at one revision, page by page: other work gets its turn in between, and the store
 * makes the next page meanwhile.
 */
export async function* loadAll(
  kv: RevisionedKV,
  prefix: string,
): AsyncGenerator<{ readonly items: readonly KeyValue[]; readonly revision: number }> {
  const ctx = backgroundContext()
  let coming: Promise<RangeResult> | undefined = kv.range(ctx, prefix, { limit: PAGE })
  while (coming) {
    const { items, revision, more }: RangeResult = await coming
    coming = more ? kv.range(ctx, prefix, { start: `${items.at(-1)!.key}\0`, revision, limit: PAGE }) : undefined
    // Whoever leaves before the next page has no use for its failure either.
    coming?.catch(() => {})
    yield { items, revision }
    await takeTurn()
  }
}
