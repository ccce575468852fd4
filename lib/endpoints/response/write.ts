import type { ServerResponse } from 'node:http'
import type { Writable } from 'node:stream'
import { promisify } from 'node:util'
import { constants, createGzip, gzip } from 'node:zlib'
import Negotiator from 'negotiator'
import { yieldsToOthers } from '../../runtime/turns.js'
import type { RequestContext } from '../request/request-context.js'
import { setStandardHeaders, standardHeaders } from './headers.js'

/** Answers smaller than this are not worth compressing, as Kubernetes has it. */
const GZIP_FROM_BYTES = 128 * 1024
const GZIP_OPTIONS = { level: constants.Z_BEST_SPEED }
/** Small pieces of a big answer are sent together. */
const CHUNK_BYTES = 64 * 1024

const gzipBuffer = promisify(gzip)

/** Sends one whole body. */
export async function writeBody(ctx: RequestContext, status: number, contentType: string, body: Buffer): Promise<void> {
  const { response } = ctx
  if (response.headersSent || ctx.gone) return
  const headers = standardHeaders(ctx)
  headers['Content-Type'] = contentType
  if (body.length > GZIP_FROM_BYTES && acceptsGzip(ctx)) {
    const packed = await gzipBuffer(body, GZIP_OPTIONS)
    if (ctx.gone) return
    announceGzip(response)
    headers['Content-Length'] = packed.length
    response.writeHead(status, headers)
    response.end(packed)
    return
  }
  headers['Content-Length'] = body.length
  response.writeHead(status, headers)
  response.end(ctx.request.method === 'HEAD' ? undefined : body)
}

/** Sends a body that consists of many shared pieces, without ever joining them all. */
export async function writePieces(
  ctx: RequestContext,
  status: number,
  contentType: string,
  pieces: readonly Buffer[],
): Promise<void> {
  const total = pieces.reduce((sum, piece) => sum + piece.length, 0)
  if (total <= CHUNK_BYTES) return writeBody(ctx, status, contentType, Buffer.concat(pieces, total))
  const { response } = ctx
  if (response.headersSent || ctx.gone) return
  setStandardHeaders(ctx)
  response.setHeader('Content-Type', contentType)
  if (total > GZIP_FROM_BYTES && acceptsGzip(ctx)) {
    announceGzip(response)
    response.writeHead(status)
    const packer = createGzip(GZIP_OPTIONS)
    packer.pipe(response)
    await sendChunks(ctx, packer, pieces)
    if (ctx.gone) packer.destroy()
    else packer.end()
    return
  }
  response.setHeader('Content-Length', total)
  response.writeHead(status)
  await sendChunks(ctx, response, pieces)
  response.end()
}

/** Writes in chunks, no faster than the other side reads; stops when it is gone or the request's time is over. */
async function sendChunks(ctx: RequestContext, sink: Writable, pieces: readonly Buffer[]): Promise<void> {
  const { signal } = ctx
  const pause = yieldsToOthers()
  let chunk: Buffer[] = []
  let size = 0
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i]!
    chunk.push(piece)
    size += piece.length
    if (size < CHUNK_BYTES && i < pieces.length - 1) continue
    const ready = sink.write(Buffer.concat(chunk, size))
    chunk = []
    size = 0
    if (!ready) await drained(sink, signal)
    await pause()
    if (signal.aborted) return
  }
}

/** Resolves when the sink takes more, or nobody wants it any more; leaves no listener behind. */
function drained(sink: Writable, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      sink.off('drain', done)
      signal.removeEventListener('abort', done)
      resolve()
    }
    sink.once('drain', done)
    signal.addEventListener('abort', done)
  })
}

/** Only the plain word counts, as in Kubernetes: `gzip;q=0.5` is left alone. */
function acceptsGzip(ctx: RequestContext): boolean {
  const header = ctx.request.headers['accept-encoding']
  if (header === undefined || ctx.request.method === 'HEAD') return false
  const plain = String(header)
    .split(',')
    .some((token) => token.trim() === 'gzip')
  return plain && new Negotiator(ctx.request).encodings(['gzip']).includes('gzip')
}

function announceGzip(response: ServerResponse): void {
  response.setHeader('Content-Encoding', 'gzip')
  response.appendHeader('Vary', 'Accept-Encoding')
}
