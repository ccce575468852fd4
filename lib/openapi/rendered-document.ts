import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Steps } from '../runtime/steps.js'

const compress = promisify(gzip)

/** A document as it goes over the wire. It is compressed once, when somebody first asks for that. */
export class RenderedDocument {
  readonly bytes: Buffer
  /** Upper-case hexadecimal SHA-512 of the JSON form: the ETag of every form of the document. */
  readonly hash: string
  readonly renderedAt = new Date()
  #compressed: Promise<Buffer> | undefined

  constructor(bytes: Buffer, hash: string) {
    this.bytes = bytes
    this.hash = hash
  }

  gzip(): Promise<Buffer> {
    this.#compressed ??= compress(this.bytes)
    return this.#compressed
  }
}

/** About how many characters are hashed at a time. */
const chunkLength = 64 * 1024

/** Renders a document as JSON, one path or schema a step. */
export function* renderJSONSteps(document: object): Steps<RenderedDocument> {
  const hash = createHash('sha512')
  const chunks: Buffer[] = []
  let text = ''
  const flush = () => {
    const chunk = Buffer.from(text)
    hash.update(chunk)
    chunks.push(chunk)
    text = ''
  }
  for (const part of jsonParts(document, 3)) {
    text += part
    if (text.length >= chunkLength) flush()
    yield
  }
  flush()
  return new RenderedDocument(Buffer.concat(chunks), hash.digest('hex').toUpperCase())
}

/** JSON text in pieces: the entries of an object and, `depth` levels down, of the objects in it. */
function* jsonParts(value: object, depth: number): Generator<string> {
  let separator = '{'
  for (const [key, entry] of Object.entries(value)) {
    if (entry === undefined) continue
    const start = `${separator}${JSON.stringify(key)}:`
    separator = ','
    if (depth > 1 && typeof entry === 'object' && entry !== null && !Array.isArray(entry)) {
      yield start
      yield* jsonParts(entry, depth - 1)
    } else {
      yield start + JSON.stringify(entry)
    }
  }
  yield separator === '{' ? '{}' : '}'
}
