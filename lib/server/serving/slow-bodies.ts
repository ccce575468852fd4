import type { IncomingMessage, ServerResponse } from 'node:http'

const LOOK_MS = 5_000
/** Slow starts are no attacks. */
const GRACE_MS = 10_000

interface Body {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly since: number
  /** Bytes that the connection had read when it was last looked at. */
  bytes: number
  /** Whether nobody had read what had come then. */
  full: boolean
}

/** Cuts off bodies that trickle in: each would hold its request, and what that holds, for as long as it likes. */
export class SlowBodies {
  readonly #bodies = new Set<Body>()
  #timer: NodeJS.Timeout | undefined

  /** @param minBytesPerSecond 0 = as slow as they like */
  constructor(
    private readonly minBytesPerSecond: number,
    private readonly lookMs = LOOK_MS,
    private readonly graceMs = GRACE_MS,
  ) {}

  request(request: IncomingMessage, response: ServerResponse): void {
    if (this.minBytesPerSecond <= 0 || request.complete || !announcesBody(request)) return
    const body = { request, response, since: performance.now(), bytes: request.socket.bytesRead, full: false }
    this.#bodies.add(body)
    this.#timer ??= setInterval(() => this.#look(), this.lookMs).unref()
  }

  #look(): void {
    const now = performance.now()
    const enough = (this.minBytesPerSecond * this.lookMs) / 1000
    for (const body of this.#bodies) {
      const { request } = body
      const { bytesRead } = request.socket
      const came = bytesRead - body.bytes
      // A connection that stood still for want of a reader had no time to bring more.
      const stoodStill = body.full
      body.bytes = bytesRead
      body.full = isFull(request)
      if (request.complete || request.destroyed) this.#bodies.delete(body)
      else if (now - body.since >= this.graceMs && came < enough && !stoodStill && !body.full) this.#cut(body)
    }
    if (this.#bodies.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #cut(body: Body): void {
    const { request, response } = body
    this.#bodies.delete(body)
    if (response.headersSent) {
      response.destroy()
      return
    }
    const text = '408 Request Timeout: the body comes too slowly\n'
    const close = request.httpVersionMajor < 2 ? { Connection: 'close' } : {}
    response.writeHead(408, { 'Content-Type': 'text/plain; charset=utf-8', ...close })
    response.end(text, () => request.destroy())
  }
}

/** Over HTTP/2 a body needs no announcement: one that is not ended has one. */
const announcesBody = ({ headers, httpVersionMajor }: IncomingMessage): boolean =>
  httpVersionMajor >= 2 || headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > 0

/** Whether it is this side that is slow: nobody reads what has come. */
const isFull = ({ readableLength, readableHighWaterMark }: IncomingMessage): boolean =>
  readableLength >= readableHighWaterMark
