import type { ServerResponse } from 'node:http'
import type { Writable } from 'node:stream'
import { constants } from 'node:zlib'
import type { Compressor, CompressorProvider } from './compressor-provider.js'
import { acceptedEncoding, appendVary, type ContentEncoding, isEncodable } from './content-encoding.js'

/**
 * Begins to encode the body of an answer, if the client wants that and the answer allows it. Its header fields are
 * fixed then: the length is not known any more, and a strong ETag speaks of other bytes.
 *
 * @internal
 */
export function compressBody(raw: ServerResponse, provider: CompressorProvider): CompressedBody | undefined {
  if (!isEncodable(raw)) return undefined
  appendVary(raw, 'Accept-Encoding')
  const encoding = acceptedEncoding(String(raw.req?.headers['accept-encoding'] ?? ''))
  const compressor = encoding && provider.acquireCompressor(encoding)
  if (encoding === undefined || compressor === undefined) return undefined
  raw.setHeader('Content-Encoding', encoding)
  raw.removeHeader('Content-Length')
  const etag = raw.getHeader('ETag')
  if (typeof etag === 'string' && !etag.startsWith('W/')) raw.setHeader('ETag', `W/${etag}`)
  raw.writeHead(raw.statusCode)
  return new CompressedBody(raw, compressor, encoding, provider)
}

/** The body of an answer on its way through a compressor. @internal */
export class CompressedBody {
  readonly #compressor: Compressor
  readonly #flushKind: number

  constructor(raw: ServerResponse, compressor: Compressor, encoding: ContentEncoding, provider: CompressorProvider) {
    this.#compressor = compressor
    this.#flushKind = encoding === 'br' ? constants.BROTLI_OPERATION_FLUSH : constants.Z_SYNC_FLUSH
    let released = false
    const release = () => {
      if (released) return
      released = true
      compressor.unpipe(raw)
      provider.releaseCompressor(encoding, compressor)
    }
    // The client may go away, and the compressor may fail, before the end.
    raw.once('close', release)
    compressor.once('end', release)
    compressor.on('error', () => raw.destroy())
    compressor.pipe(raw)
  }

  write(chunk: string | Uint8Array): boolean {
    return !this.#compressor.destroyed && this.#compressor.write(chunk)
  }

  end(chunk: string | Uint8Array | undefined): void {
    if (this.#compressor.destroyed) return
    if (chunk === undefined) this.#compressor.end()
    else this.#compressor.end(chunk)
  }

  /** Lets out what the compressor holds. */
  flush(): void {
    if (!this.#compressor.destroyed) this.#compressor.flush(this.#flushKind)
  }

  /** Calls back when more may be written. */
  onceDrained(callback: () => void): void {
    this.#compressor.once('drain', callback)
  }

  get needsDrain(): boolean {
    return this.#compressor.writableNeedDrain
  }
}

/** Resolves when more may be written, or when there is nobody left to write to. @internal */
export function drained(raw: ServerResponse, compressed: CompressedBody | undefined): Promise<void> {
  // HTTP/2's response knows these by its stream alone.
  const { writableNeedDrain, destroyed } = (raw as { stream?: Writable }).stream ?? raw
  const full = compressed === undefined ? writableNeedDrain : compressed.needsDrain
  if (!full || destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      raw.off('close', done).off('drain', done)
      resolve()
    }
    raw.once('close', done)
    if (compressed === undefined) raw.once('drain', done)
    else compressed.onceDrained(done)
  })
}
