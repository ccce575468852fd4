import type { IncomingMessage } from 'node:http'
import bodyParser from 'body-parser'
import { badRequest, requestEntityTooLarge } from '../../meta/errors.js'
import { genericServerResponse } from '../../meta/generic-server-response.js'
import { encodeJSON } from '../../runtime/json/index.js'
import { shareTurn } from '../../runtime/turns.js'
import type { RequestContext } from './request-context.js'

/** Kubernetes' own bound on request bodies, after decompression. */
export const MAX_BODY_BYTES = 3 * 1024 * 1024

const readRaw = bodyParser.raw({ type: () => true, limit: MAX_BODY_BYTES })
const EMPTY = Buffer.alloc(0)

/** What a client may go on sending after it was refused, before it is cut off; most read the answer only at the end. */
const MAX_IGNORED_BYTES = 64 * 1024 * 1024

/** A host application's body parser ran first: `body` is what it left, and the stream is empty. */
type MaybeParsed = IncomingMessage & { body?: unknown; _body?: boolean }

/** Told once when a host application was found to parse bodies before this server sees them. */
export type OnParsedBody = () => void

/**
 * Reads the whole body, inflated, and at most {@link MAX_BODY_BYTES} of it.
 *
 * @throws StatusError 413, 415 (unknown Content-Encoding) or 400
 */
export async function readBody(ctx: RequestContext, onParsedBody: OnParsedBody): Promise<Buffer> {
  const request = ctx.request as MaybeParsed
  const body = wasParsedByHost(request) ? parsedBody(request, onParsedBody) : await readStream(request, ctx)
  ctx.audit?.requestBody(body)
  // What is done with a body takes long enough that a burst of them would keep everybody else waiting.
  const turn = shareTurn()
  if (turn) await turn
  if (turn && ctx.aborted) throw badRequest('the request ended before its turn came')
  return body
}

function parsedBody(request: MaybeParsed, onParsedBody: OnParsedBody): Buffer {
  onParsedBody()
  return bytesOf(request.body)
}

async function readStream(request: MaybeParsed, ctx: RequestContext): Promise<Buffer> {
  const undo = announceHttp2Body(request)
  try {
    return await read(request, ctx)
  } finally {
    undo()
  }
}

function wasParsedByHost(request: MaybeParsed): boolean {
  return request.body !== undefined && (request._body === true || request.readableEnded)
}

/** What a parser made of the body, as bytes again: duplicate keys and the client's own number texts are lost by then. */
function bytesOf(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body
  if (typeof body === 'string') return Buffer.from(body)
  if (body === undefined || isEmptyObject(body)) return EMPTY
  return encodeJSON(body)
}

/** Parsers leave `{}` for a request without a body. */
function isEmptyObject(body: unknown): boolean {
  return typeof body === 'object' && body !== null && !Array.isArray(body) && Object.keys(body).length === 0
}

/**
 * Over HTTP/2 a body needs neither Content-Length nor Transfer-Encoding; body-parser takes their absence for
 * "no body" and would leave it unread. Says what it looks for while it reads.
 */
function announceHttp2Body(request: IncomingMessage): () => void {
  const { headers } = request
  const silent = request.httpVersionMajor >= 2 && headers['content-length'] === undefined
  if (!silent) return () => {}
  headers['transfer-encoding'] = 'chunked'
  return () => {
    delete headers['transfer-encoding']
  }
}

function read(request: MaybeParsed, ctx: RequestContext): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(badRequest('the request ended before its body did'))
    // Body-parser never hears of a request that ended after it was answered (by the deadline).
    ctx.onAbort(ended)
    onOverflow(request, () => reject(tooLarge()))
    readRaw(request, ctx.response, (err?: unknown) => {
      ctx.offAbort(ended)
      if (err) reject(bodyError(err))
      else resolve(Buffer.isBuffer(request.body) ? request.body : EMPTY)
    })
  })
}

/** Body-parser says that a body is too large when all of it has come; this says so at once. */
function onOverflow(request: IncomingMessage, refuse: () => void): void {
  const packed = request.headers['content-encoding'] !== undefined
  let left = MAX_BODY_BYTES
  if (!packed && Number(request.headers['content-length']) > left) refuse()
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0 && !packed) refuse()
    if (left < -MAX_IGNORED_BYTES) request.destroy()
  })
}

const tooLarge = (): Error => requestEntityTooLarge(`limit is ${MAX_BODY_BYTES}`)

function bodyError(err: unknown): unknown {
  const { type, status, message } = err as { type?: string; status?: number; message?: string }
  if (type === 'entity.too.large') return tooLarge()
  if (status === 415) return genericServerResponse(415, '', undefined, '', message ?? '')
  return badRequest(message ?? 'the body could not be read')
}
