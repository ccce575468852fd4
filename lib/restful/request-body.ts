import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import type { CompressorProvider } from './compressor-provider.js'
import { CONTENT_ENCODINGS, type ContentEncoding, encodingOfBody } from './content-encoding.js'
import type { EntitySettings } from './entity-settings.js'
import { ServiceError } from './service-error.js'

/** A body parser of the host application ran first: `body` is what it left. */
type MaybeParsed = IncomingMessage & { readonly body?: unknown }

/** What is known of the body of a message: its bytes, or what the host application's parser made of them. */
export type MessageBody = { readonly bytes: Buffer } | { readonly parsed: unknown }

// Filters and the route function may hold different requests for one message.
const bodies = new WeakMap<IncomingMessage, Promise<MessageBody>>()

/**
 * The body of a message, inflated; read once, whoever asks and how often.
 *
 * @throws ServiceError 413 for more than the limit, 415 for a content coding not spoken here, 400 for a body that
 * cannot be inflated or ends early (the promise is rejected).
 */
export function messageBody(message: IncomingMessage, settings: EntitySettings): Promise<MessageBody> {
  let body = bodies.get(message)
  if (body === undefined) {
    body = readMessage(message, settings)
    bodies.set(message, body)
  }
  return body
}

async function readMessage(message: MaybeParsed, settings: EntitySettings): Promise<MessageBody> {
  if (message.readableDidRead || message.readableEnded) return leftBody(message)
  const encoding = encodingOfBody(message.headers['content-encoding'] ?? '')
  if (encoding === undefined) {
    throw new ServiceError(415, '415: Unsupported Media Type', { 'Accept-Encoding': CONTENT_ENCODINGS.join(', ') })
  }
  if (message.destroyed) throw endedEarly()
  const length = Number(message.headers['content-length'] ?? 0)
  if (length > settings.bodyLimit) throw tooLarge(message)
  if (encoding === 'identity') return { bytes: await collect(message, message, settings.bodyLimit) }
  return { bytes: await inflate(message, encoding, settings.bodyLimit, settings.compressors) }
}

// A body parser of the host application leaves what it made of the body on the message; a `{}` that Express 4 leaves
// without reading is none of these.
function leftBody({ body, headers }: MaybeParsed): MessageBody {
  if (typeof body === 'string') return { bytes: Buffer.from(body) }
  if (body instanceof Uint8Array) return { bytes: Buffer.from(body) }
  if (body !== undefined) return { parsed: body }
  const empty = headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0
  if (empty) return { bytes: Buffer.alloc(0) }
  throw new Error('the body was read before, and whoever read it left nothing in `body` of the message')
}

async function inflate(
  message: IncomingMessage,
  encoding: ContentEncoding,
  limit: number,
  provider: CompressorProvider,
): Promise<Buffer> {
  const decompressor = provider.acquireDecompressor(encoding)
  if (decompressor === undefined) throw new ServiceError(503, '503: Service Unavailable', { 'Retry-After': '1' })
  try {
    return await collect(message, message.pipe(decompressor), limit)
  } finally {
    message.unpipe(decompressor)
    provider.releaseDecompressor(encoding, decompressor)
  }
}

/** @param source what the bytes come out of: the message or its decompressor. */
function collect(message: IncomingMessage, source: Readable, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const settle = (finish: () => void) => {
      source.off('data', take).off('end', end).off('error', malformed)
      message.off('close', abort).off('error', abort)
      // An error that comes later has no reader.
      source.on('error', () => undefined)
      finish()
    }
    const take = (chunk: Buffer) => {
      size += chunk.length
      if (size > limit) settle(() => reject(tooLarge(message)))
      else chunks.push(chunk)
    }
    const end = () => settle(() => resolve(Buffer.concat(chunks, size)))
    const malformed = () => settle(() => reject(new ServiceError(400, 'the body cannot be decoded')))
    const abort = () => {
      if (!message.complete) settle(() => reject(endedEarly()))
    }
    message.on('close', abort).on('error', abort)
    source.on('data', take).on('end', end).on('error', malformed)
  })
}

function endedEarly(): ServiceError {
  return new ServiceError(400, 'the body ended early')
}

// What is left of the body is not read: over HTTP/1 the connection ends with the answer.
function tooLarge(message: IncomingMessage): ServiceError {
  message.pause()
  const headers = message.httpVersionMajor === 1 ? { Connection: 'close' } : {}
  return new ServiceError(413, '413: Content Too Large', headers)
}
