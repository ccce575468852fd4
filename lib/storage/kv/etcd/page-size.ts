/** Keys in the first page, when nothing is known of their size. */
const FIRST_LIMIT = 100
/** Bytes that a page should have: for each, etcd counts all that is left; and a page is held by both sides as a whole. */
const TARGET_BYTES = 8 * 1024 * 1024
/** Ranges that were cut and are remembered at once. */
const MAX_CUT = 64

/** How many keys the next page of a range should have, judged by those before. @internal */
export class PageSize {
  private current: number

  constructor(private readonly most: number) {
    this.current = Math.min(FIRST_LIMIT, most)
  }

  get limit(): number {
    return this.current
  }

  /** Learns from a page that came. */
  learn(keys: number, bytes: number): void {
    if (keys === 0) return
    const fitting = Math.floor((TARGET_BYTES * keys) / Math.max(1, bytes))
    this.current = Math.max(1, Math.min(this.most, fitting))
  }

  /** Learns from a page of `limit` keys that was too long to come. Says whether a smaller one is possible. */
  shrink(limit: number): boolean {
    this.current = Math.max(1, Math.floor(limit / 2))
    return limit > 1
  }
}

/** What was learned of ranges that were cut: who goes on where one ended need not begin with a small page. @internal */
export class PageSizes {
  private readonly sizes = new Map<string, PageSize>()

  /** What is known of pages that begin at this key. */
  from(key: Buffer): PageSize | undefined {
    return this.sizes.get(key.toString('latin1'))
  }

  /** @param key where the range goes on */
  remember(key: Buffer, size: PageSize): void {
    const name = key.toString('latin1')
    this.sizes.delete(name)
    this.sizes.set(name, size)
    if (this.sizes.size > MAX_CUT) this.sizes.delete(this.sizes.keys().next().value!)
  }
}
