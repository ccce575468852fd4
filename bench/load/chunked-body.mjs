// The body of an answer that comes in chunks (RFC 9112, section 7.1), as much of it as is read at a time.

const LONGEST_SIZE_LINE = 100
const NEWLINE = 10

export class ChunkedBody {
  /** Bytes of the body so far. */
  length = 0
  #onBytes
  /** A line that has not come to its end. */
  #line = ''
  /** Bytes still to come of a chunk and of the line end behind it. */
  #left = 0
  #last = false

  /** @param {(bytes: Buffer) => void} onBytes */
  constructor(onBytes) {
    this.#onBytes = onBytes
  }

  /** @returns {boolean} whether the body has ended */
  read(bytes) {
    for (let at = 0; at < bytes.length; ) {
      if (this.#left > 0) {
        const size = Math.min(this.#left, bytes.length - at)
        const own = Math.min(size, Math.max(0, this.#left - 2))
        this.length += own
        if (own > 0) this.#onBytes(bytes.subarray(at, at + own))
        this.#left -= size
        at += size
        continue
      }
      const end = bytes.indexOf(NEWLINE, at)
      this.#line += bytes.latin1Slice(at, end < 0 ? bytes.length : end)
      if (this.#line.length > LONGEST_SIZE_LINE) throw new Error('a chunk without a size')
      if (end < 0) return false
      at = end + 1
      if (this.#endLine()) return true
    }
    return false
  }

  /** A size, or after the last chunk the empty line. */
  #endLine() {
    const [line, ...extensions] = this.#line.trim().split(';')
    this.#line = ''
    if (this.#last) return line === '' && extensions.length === 0
    const size = /^[\da-f]{1,8}$/i.test(line) ? Number.parseInt(line, 16) : -1
    if (size < 0) throw new Error('a chunk without a size')
    if (size === 0) this.#last = true
    else this.#left = size + 2
    return false
  }
}
