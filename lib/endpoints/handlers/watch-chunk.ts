const CRLF = Buffer.from('\r\n')

/** Frames that go out together, and to many: joined once, whoever sends them. */
export class WatchChunk {
  #bytes: Buffer | undefined
  #chunked: Buffer | undefined

  /** @param frames events as they go over the wire, one each */
  constructor(readonly frames: readonly Buffer[]) {}

  /** All frames in a row. */
  get bytes(): Buffer {
    this.#bytes ??= this.frames.length === 1 ? this.frames[0]! : Buffer.concat(this.frames)
    return this.#bytes
  }

  /** The same as one chunk of a chunked answer (RFC 9112 7.1), head and end included. */
  get chunked(): Buffer {
    this.#chunked ??= this.#asChunk()
    return this.#chunked
  }

  #asChunk(): Buffer {
    const length = this.frames.reduce((sum, frame) => sum + frame.length, 0)
    return Buffer.concat([Buffer.from(`${length.toString(16)}\r\n`, 'latin1'), ...this.frames, CRLF])
  }
}
