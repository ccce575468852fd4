import type { IKeyValue } from 'etcd3'

/** Keys in the first page, when nothing is known of their size. */
const FIRST_LIMIT = 100
/** Bytes that a page should have: decoding much more at once would hold up everything else in the process. */
const TARGET_BYTES = 2 * 1024 * 1024

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
  learn(kvs: readonly IKeyValue[]): void {
    let bytes = 0
    for (const kv of kvs) bytes += kv.key.length + kv.value.length
    const fitting = Math.floor((TARGET_BYTES * kvs.length) / Math.max(1, bytes))
    this.current = Math.max(1, Math.min(this.most, fitting))
  }

  /** Learns from a page of `limit` keys that was too long to come. Says whether a smaller one is possible. */
  shrink(limit: number): boolean {
    this.current = Math.max(1, Math.floor(limit / 2))
    return limit > 1
  }
}
