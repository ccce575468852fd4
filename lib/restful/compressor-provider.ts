import type { Transform } from 'node:stream'
import {
  type BrotliDecompress,
  constants,
  createBrotliCompress,
  createBrotliDecompress,
  createDeflate,
  createGunzip,
  createGzip,
  createInflate,
  type Gunzip,
  type Inflate,
} from 'node:zlib'
import type { ContentEncoding } from './content-encoding.js'

/** A stream that compresses, and lets out what it holds when told. */
export type Compressor = Transform & { flush(kind: number, done?: () => void): void }

/** A stream that decompresses. */
export type Decompressor = Gunzip | Inflate | BrotliDecompress | Transform

/**
 * Where a container takes its compressors from; replace it to bound them, to measure them, or to compress otherwise.
 *
 * @example
 * new Container({ contentEncodingEnabled: true, compressorProvider: new BoundedCompressors(64) })
 */
export interface CompressorProvider {
  /** A compressor for one answer; undefined to send the answer as it is. */
  acquireCompressor(encoding: ContentEncoding): Compressor | undefined
  /** Called once for each acquired, when its answer is sent or broken off. */
  releaseCompressor(encoding: ContentEncoding, compressor: Compressor): void
  /** A decompressor for one request body; undefined to refuse the body with 503. */
  acquireDecompressor(encoding: ContentEncoding): Decompressor | undefined
  /** Called once for each acquired, when its body is read or given up. */
  releaseDecompressor(encoding: ContentEncoding, decompressor: Decompressor): void
}

// The time of a server is dear: gzip's quickest, as go-restful takes it, and a brotli that costs about the same.
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }
const ZLIB = { level: constants.Z_BEST_SPEED }

const COMPRESSORS: Readonly<Record<ContentEncoding, () => Compressor>> = {
  br: () => createBrotliCompress(BROTLI),
  gzip: () => createGzip(ZLIB),
  deflate: () => createDeflate(ZLIB),
}

const DECOMPRESSORS: Readonly<Record<ContentEncoding, () => Decompressor>> = {
  br: () => createBrotliDecompress(),
  gzip: () => createGunzip(),
  deflate: () => createInflate(),
}

/** A new stream for each body: Node's cannot be used twice. The default. */
export class NewCompressors implements CompressorProvider {
  acquireCompressor(encoding: ContentEncoding): Compressor | undefined {
    return COMPRESSORS[encoding]()
  }

  releaseCompressor(_encoding: ContentEncoding, compressor: Compressor): void {
    compressor.destroy()
  }

  acquireDecompressor(encoding: ContentEncoding): Decompressor | undefined {
    return DECOMPRESSORS[encoding]()
  }

  releaseDecompressor(_encoding: ContentEncoding, decompressor: Decompressor): void {
    decompressor.destroy()
  }
}

/**
 * At most so many streams at a time, each of which holds memory outside the heap (gzip about 270 kB). Answers beyond
 * are sent as they are, bodies beyond refused.
 *
 * @example
 * new BoundedCompressors(64, 64)
 */
export class BoundedCompressors extends NewCompressors {
  readonly #maxCompressors: number
  readonly #maxDecompressors: number
  #compressors = 0
  #decompressors = 0

  constructor(maxCompressors: number, maxDecompressors = maxCompressors) {
    super()
    this.#maxCompressors = maxCompressors
    this.#maxDecompressors = maxDecompressors
  }

  override acquireCompressor(encoding: ContentEncoding): Compressor | undefined {
    if (this.#compressors >= this.#maxCompressors) return undefined
    this.#compressors++
    return super.acquireCompressor(encoding)
  }

  override releaseCompressor(encoding: ContentEncoding, compressor: Compressor): void {
    this.#compressors--
    super.releaseCompressor(encoding, compressor)
  }

  override acquireDecompressor(encoding: ContentEncoding): Decompressor | undefined {
    if (this.#decompressors >= this.#maxDecompressors) return undefined
    this.#decompressors++
    return super.acquireDecompressor(encoding)
  }

  override releaseDecompressor(encoding: ContentEncoding, decompressor: Decompressor): void {
    this.#decompressors--
    super.releaseDecompressor(encoding, decompressor)
  }
}
