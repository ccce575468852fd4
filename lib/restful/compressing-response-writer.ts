import type { ServerResponse } from 'node:http'
import { type CompressedBody, compressBody, drained } from './compressed-body.js'
import type { CompressorProvider } from './compressor-provider.js'

/**
 * The body of an answer on its way out: counted, ended once, and compressed where that was agreed on and the client wants
 * it, which is decided when the first byte is at hand and the header fields are what they are to be.
 *
 * @internal
 */
export class CompressingResponseWriter {
  /** Bytes of the body written so far, before they are compressed. */
  contentLength = 0
  /** Whether the answer may be compressed; forgotten once it was decided. */
  mayCompress = false
  #compressed: CompressedBody | undefined
  #ended = false

  constructor(
    private readonly raw: ServerResponse,
    private readonly compressors: CompressorProvider,
  ) {}

  get ended(): boolean {
    return this.#ended || this.raw.writableEnded
  }

  /** False when the connection is full, and when the answer was ended before. */
  write(chunk: string | Uint8Array): boolean {
    // Node reports a write behind the end as an event that nobody listens to.
    if (this.ended) return false
    this.#count(chunk)
    return this.#compresses() ? this.#compressed!.write(chunk) : this.raw.write(chunk)
  }

  /** Resolves when more may be written, or when there is nobody left to write to. */
  drained(): Promise<void> {
    return drained(this.raw, this.#compressed)
  }

  end(chunk?: string | Uint8Array): void {
    if (this.ended) return
    if (chunk !== undefined) this.#count(chunk)
    const compresses = chunk === undefined ? this.#compressed !== undefined : this.#compresses()
    this.#ended = true
    if (compresses) this.#compressed!.end(chunk)
    else if (chunk === undefined) this.raw.end()
    else this.raw.end(chunk)
  }

  /** Sends what is held back: the header fields now, and through a compressing middleware what it keeps. */
  flush(): void {
    if (!this.raw.headersSent) {
      // Whoever flushes means to go on: the answer is a stream.
      if (this.#compresses()) this.#compressed!.flush()
      this.raw.flushHeaders()
    } else this.#compressed?.flush()
    // Middleware that compresses adds this method to the response.
    const { flush } = this.raw as ServerResponse & { flush?: () => void }
    if (typeof flush === 'function') flush.call(this.raw)
  }

  #count(chunk: string | Uint8Array): void {
    this.contentLength += typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.byteLength
  }

  #compresses(): boolean {
    if (this.mayCompress && !this.raw.headersSent) this.#compressed = compressBody(this.raw, this.compressors)
    this.mayCompress = false
    return this.#compressed !== undefined
  }
}
