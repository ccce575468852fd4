import { takeTurn } from '../../../runtime/turns.js'
import { compareKeys } from '../compare-keys.js'
import { afterPrefix, escapeKey } from './codec.js'
import type { Pins } from './pins.js'
import { type Bounds, countNow, netCreated } from './snapshot.js'
import type { Tables } from './tables.js'
import type { Writer } from './writer.js'

interface Known {
  readonly revision: number
  readonly count: number
}

const MAX_KNOWN = 1_024

/** Revisions between a known count and an asked one that are cheaper to look through than to count anew. */
const NEAR = 2_000

export const boundsOf = (prefix: string, start: string): Bounds => ({
  prefix,
  start,
  end: afterPrefix(Buffer.from(prefix)),
  escapedEnd: afterPrefix(escapeKey(prefix)),
})

/**
 * How many keys a range has. Counting walks over all of them, so counts are remembered: a later one is a known one
 * and what the revisions between did to it, and the next page of a list has what the page before left.
 */
export class Counts {
  readonly #known = new Map<string, Known>()

  constructor(
    private readonly tables: Tables,
    private readonly writer: Writer,
    private readonly pins: Pins,
  ) {}

  /** The count at a revision, which the caller must have pinned. */
  async at(bounds: Bounds, revision: number): Promise<number> {
    const known = this.#recall(bounds, revision)
    const count =
      known === undefined ? await this.#countAll(bounds, revision) : await this.#adjust(bounds, known, revision)
    this.remember(bounds, revision, count)
    return count
  }

  remember({ prefix, start }: Bounds, revision: number, count: number): void {
    const name = JSON.stringify([prefix, start])
    this.#known.delete(name)
    this.#known.set(name, { revision, count })
    if (this.#known.size > MAX_KNOWN) this.#known.delete(this.#known.keys().next().value!)
  }

  #recall({ prefix, start }: Bounds, revision: number): Known | undefined {
    const known = this.#known.get(JSON.stringify([prefix, start]))
    if (known === undefined || known.revision < this.pins.compacted) return undefined
    return Math.abs(revision - known.revision) > NEAR ? undefined : known
  }

  async #adjust(bounds: Bounds, known: Known, revision: number): Promise<number> {
    const matches = within(bounds, undefined)
    const unpin = this.pins.add(known.revision)
    try {
      return known.revision <= revision
        ? known.count + (await this.#created(known.revision, revision, matches))
        : known.count - (await this.#created(revision, known.revision, matches))
    } finally {
      unpin()
    }
  }

  /** Counts chunk by chunk at the newest revision, and takes back what later revisions did to each. */
  async #countAll(bounds: Bounds, revision: number): Promise<number> {
    let total = 0
    for (let from: string | undefined = bounds.start; from !== undefined; ) {
      const seen = this.writer.visible
      const chunk = { ...bounds, start: from }
      const { count, next } = countNow(this.tables, this.writer, chunk)
      total += count - (await this.#created(revision, seen, within(chunk, next)))
      if (next !== undefined) await takeTurn()
      from = next
    }
    return total
  }

  /** How many more keys stand at revision `to` than at revision `from`. */
  async #created(from: number, to: number, matches: (key: string) => boolean): Promise<number> {
    let total = 0
    for (let done = from; done < to; ) {
      const { created, until } = netCreated(this.tables, done + 1, to, matches)
      total += created
      done = until
      if (done < to) await takeTurn()
    }
    return total
  }
}

const within =
  ({ prefix, start }: Bounds, next: string | undefined) =>
  (key: string) =>
    key.startsWith(prefix) && compareKeys(key, start) >= 0 && (next === undefined || compareKeys(key, next) < 0)
