const SLASH = 47

/** Tokens that are told apart; a longer path is still counted. */
export const MAX_SCANNED_TOKENS = 31

/**
 * The tokens of a path as `tokenizePath` cuts them, by their places and hashes, without a string for each. One scan
 * serves all the requests of a table, one after the other.
 */
export class PathScan {
  /** Where each token starts and ends, and the hash of its text. */
  readonly starts = new Int32Array(MAX_SCANNED_TOKENS)
  readonly ends = new Int32Array(MAX_SCANNED_TOKENS)
  readonly hashes = new Int32Array(MAX_SCANNED_TOKENS)
  path = ''
  /** Tokens of the path; those beyond the bound have no place and hash. */
  count = 0

  read(path: string, trimRightSlash: boolean): this {
    this.path = path
    this.count = 0
    let start = 0
    let end = path.length
    if (end === 1 && path.charCodeAt(0) === SLASH) return this
    while (start < end && path.charCodeAt(start) === SLASH) start++
    if (trimRightSlash) while (end > start && path.charCodeAt(end - 1) === SLASH) end--
    const { starts, ends, hashes } = this
    let count = 0
    let hash = HASH_SEED
    for (let at = start; at < end; at++) {
      const code = path.charCodeAt(at)
      if (code !== SLASH) {
        hash = ((hash << 5) - hash + code) | 0
        continue
      }
      if (count < MAX_SCANNED_TOKENS) {
        starts[count] = start
        ends[count] = at
        hashes[count] = hash
      }
      count++
      start = at + 1
      hash = HASH_SEED
    }
    if (count < MAX_SCANNED_TOKENS) {
      starts[count] = start
      ends[count] = end
      hashes[count] = hash
    }
    this.count = count + 1
    return this
  }
}

// A hash of a shift and a sum for each UTF-16 unit, since every character of every path passes here. Who makes texts collide gains nothing: what a hash finds is compared.
const HASH_SEED = 0x811c9dc5 | 0

/** The hash of a token's text. */
export function tokenHash(text: string): number {
  let hash = HASH_SEED
  for (let at = 0; at < text.length; at++) hash = ((hash << 5) - hash + text.charCodeAt(at)) | 0
  return hash
}
