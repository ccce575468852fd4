import type { ServerResponse } from 'node:http'
import type { Writable } from 'node:stream'
import { promisify } from 'node:util'
import { constants, createGzip, gzip } from 'node:zlib'
import Negotiator from 'negotiator'
import { shareTurn } from '../../runtime/turns.js'
import type { RequestContext } from '../request/request-context.js'
import { setStandardHeaders, standardHeaders } from './headers.js'

/** Answers smaller than this are not worth compressing, as Kubernetes has it. */
const GZIP_FROM_BYTES = 128 * 1024
/** So many take the kernel half a millisecond. */
const LARGE_BYTES = 1024 * 1024

export const GZIP_OPTIONS = { level: constants.Z_BEST_SPEED }

const gzipBuffer = promisify(gzip)

/** Nobody waits for it any more, or has been told meanwhile that its time is over. */
const isOver = ({ response, gone }: RequestContext): boolean => response.headersSent || gone

/** Sends one whole body. */
export async function writeBody(ctx: RequestContext, status: number, contentType: string, body: Buffer): Promise<void> {
  const { response } = ctx
  if (isOver(ctx)) return
  const headers = standardHeaders(ctx)
  headers['Content-Type'] = contentType
  if (body.length > GZIP_FROM_BYTES && acceptsGzip(ctx)) {
    const packed = await gzipBuffer(body, GZIP_OPTIONS)
    if (isOver(ctx)) return
    announceGzip(response)
    headers['Content-Length'] = packed.length
    response.writeHead(status, headers)
    ctx.sentBytes += packed.length
    response.end(packed)
    return
  }
  headers['Content-Length'] = body.length
  response.writeHead(status, headers)
  if (ctx.head.method === 'HEAD') {
    response.end()
    return
  }
  ctx.sentBytes += body.length
  response.end(body)
}

/** What follows the head of an answer that many get: `bytes`, or all of it compressed. */
export interface SharedTail {
  readonly bytes: Buffer
  packed(head: Buffer): Promise<Buffer>
}

/** Sends a head of this answer's own and a tail that others send as well. */
export async function writeJoined(
  ctx: RequestContext,
  status: number,
  contentType: string,
  head: Buffer,
  tail: SharedTail,
): Promise<void> {
  const { response } = ctx
  if (isOver(ctx)) return
  const headers = standardHeaders(ctx)
  headers['Content-Type'] = contentType
  const length = head.length + tail.bytes.length
  if (length > GZIP_FROM_BYTES && acceptsGzip(ctx)) {
    const packed = await tail.packed(head)
    if (isOver(ctx)) return
    announceGzip(response)
    headers['Content-Length'] = packed.length
    response.writeHead(status, headers)
    ctx.sentBytes += packed.length
    response.end(packed)
    return
  }
  if (length > LARGE_BYTES) {
    // The kernel copies it meanwhile: a burst of long answers takes its time.
    const turn = shareTurn()
    if (turn) await turn
    if (isOver(ctx)) return
  }
  headers['Content-Length'] = length
  response.writeHead(status, headers)
  if (ctx.head.method === 'HEAD') {
    response.end()
    return
  }
  ctx.sentBytes += length
  // Head and tail in one go, where the answer can do that (HTTP/2's cannot); its end uncorks.
  ;(response as Partial<ServerResponse>).cork?.()
  response.write(head)
  response.end(tail.bytes)
}

/** Sends a body that is made while it is sent: small ones whole, others in chunks. */
export async function writeChunks(
  ctx: RequestContext,
  status: number,
  contentType: string,
  chunks: AsyncGenerator<Buffer>,
): Promise<void> {
  const begin: Buffer[] = []
  let size = 0
  let ended = false
  while (size <= GZIP_FROM_BYTES && !ended) {
    const next = await chunks.next()
    ended = next.done === true
    if (next.done) break
    begin.push(next.value)
    size += next.value.length
  }
  if (ended) return writeBody(ctx, status, contentType, Buffer.concat(begin, size))
  const { response } = ctx
  if (isOver(ctx)) return
  setStandardHeaders(ctx)
  response.setHeader('Content-Type', contentType)
  const packs = acceptsGzip(ctx)
  if (packs) announceGzip(response)
  response.writeHead(status)
  // Nothing but its head answers HEAD: the rest need not be made.
  if (ctx.head.method === 'HEAD') {
    response.end()
    return
  }
  const sink: Writable = packs ? createGzip(GZIP_OPTIONS) : response
  if (packs) {
    sink.on('data', (packed: Buffer) => {
      ctx.sentBytes += packed.length
    })
    sink.pipe(response)
  }
  if (await sendChunks(ctx, sink, begin, chunks)) sink.end()
  else {
    // What was ended halfway must not look whole.
    response.destroy()
    sink.destroy()
  }
}

/** Writes no faster than the other side reads; false when it is gone, or the request was ended, before all was written. */
async function sendChunks(
  ctx: RequestContext,
  sink: Writable,
  begin: readonly Buffer[],
  rest: AsyncIterable<Buffer>,
): Promise<boolean> {
  const { signal } = ctx
  const plain = sink === ctx.response
  for (const chunk of begin) {
    if (plain) ctx.sentBytes += chunk.length
    sink.write(chunk)
  }
  for await (const chunk of rest) {
    if (signal.aborted) return false
    if (plain) ctx.sentBytes += chunk.length
    if (!sink.write(chunk)) await drained(sink, signal)
    if (signal.aborted) return false
  }
  return true
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
export function acceptsGzip(ctx: RequestContext): boolean {
  const header = ctx.head.headers['accept-encoding']
  if (header === undefined || ctx.head.method === 'HEAD') return false
  const plain = String(header)
    .split(',')
    .some((token) => token.trim() === 'gzip')
  return plain && new Negotiator(ctx.request).encodings(['gzip']).includes('gzip')
}

function announceGzip(response: ServerResponse): void {
  response.setHeader('Content-Encoding', 'gzip')
  response.appendHeader('Vary', 'Accept-Encoding')
}
