import type { MemberLimits } from './members.js'

/** A field name takes six bytes at least, a list item two. */
const MIN_BYTES_OF_NAME = 2
const BITS = 20

/**
 * Tells new field names of one text from those that came before, by their hashes: now and then it takes a new one for an old
 * one, never the other way round.
 */
export class NameFilter {
  readonly #seen = new Uint8Array(2 ** (BITS - 3))

  /** @returns undefined for a text that is too short to pass the bound */
  static for(bytes: Buffer, { maxNames = Number.POSITIVE_INFINITY }: MemberLimits): NameFilter | undefined {
    return bytes.length >= maxNames * MIN_BYTES_OF_NAME ? new NameFilter() : undefined
  }

  isNew(hash: number): boolean {
    const bit = Math.imul(hash, 0x9e3779b1) >>> (32 - BITS)
    const mask = 1 << (bit & 7)
    const byte = this.#seen[bit >> 3]!
    if ((byte & mask) !== 0) return false
    this.#seen[bit >> 3] = byte | mask
    return true
  }
}
