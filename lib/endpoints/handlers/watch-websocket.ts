import type { WebSocket, WebSocketServer } from 'ws'
import type { RequestContext } from '../request/request-context.js'
import { setStandardHeaders } from '../response/headers.js'
import type { WatchChunk } from './watch-chunk.js'
import { END_PATIENCE_MS, once, type WatchEnd, type WatchSink } from './watch-sink.js'
import type { UpgradeOffer } from './watch-upgrade.js'

/** Clients have nothing to say: what they send is dropped, and more than this at once ends the connection. */
const MAX_MESSAGE_BYTES = 64 * 1024
const MAX_BUFFERED_BYTES = 64 * 1024
/** A connection whose other end vanished is found out by unanswered pings. */
const PING_INTERVAL_MS = 30_000

/** Close codes (RFC 6455 7.4.1). */
const CLOSE_CODES: Readonly<Record<WatchEnd, readonly [code: number, reason: string]>> = {
  complete: [1000, ''],
  shutdown: [1001, 'the server is shutting down'],
}

/** One text frame an event, as Kubernetes sends them to browsers. */
export class WebSocketWatchSink implements WatchSink {
  #ws: WebSocket | undefined

  constructor(
    private readonly ctx: RequestContext,
    private readonly offer: UpgradeOffer,
  ) {}

  async begin(): Promise<boolean> {
    // Loaded by the first websocket: most servers never see one.
    const { WebSocketServer } = await import('ws')
    const { ctx, offer } = this
    if (ctx.signal.aborted || offer.socket.destroyed) return false
    setStandardHeaders(ctx)
    const answer = ctx.response
    answer.statusCode = 101
    ctx.audit?.responseStarted(101)
    const server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: MAX_MESSAGE_BYTES,
      handleProtocols: () => offer.protocol ?? false,
    })
    server.on('headers', (lines) => lines.push(...headerLines(answer.getHeaders())))
    const ws = await this.#shakeHands(server)
    if (ws) this.#watchOver(ws)
    return ws !== undefined
  }

  send({ frames }: WatchChunk): boolean | Promise<boolean> {
    const ws = this.#ws
    if (!ws || ws.readyState !== ws.OPEN) return false
    this.ctx.onEvents?.(frames)
    const { socket } = this.offer
    socket.cork()
    for (const frame of frames) ws.send(frame, TEXT)
    socket.uncork()
    return ws.bufferedAmount < MAX_BUFFERED_BYTES || this.#drained(ws)
  }

  async #drained(ws: WebSocket): Promise<boolean> {
    const { socket } = this.offer
    const drained = await once(this.ctx, (done) => {
      socket.once('drain', done)
      return () => socket.off('drain', done)
    })
    if (drained === 'too-slow') ws.terminate()
    return drained === 'done'
  }

  end(why: WatchEnd): void {
    const ws = this.#ws
    if (!ws || ws.readyState === ws.CLOSED) return
    const cut = setTimeout(() => ws.terminate(), END_PATIENCE_MS).unref()
    ws.once('close', () => clearTimeout(cut))
    ws.close(...CLOSE_CODES[why])
  }

  /** From here on the connection is no HTTP answer any more; undefined when it broke. */
  #shakeHands(server: WebSocketServer): Promise<WebSocket | undefined> {
    const { request, response } = this.ctx
    const { socket, head } = this.offer
    return new Promise((resolve) => {
      socket.once('close', () => resolve(undefined))
      response.detachSocket(socket as Parameters<typeof response.detachSocket>[0])
      server.handleUpgrade(request, socket, head, (ws) => resolve(ws))
    })
  }

  #watchOver(ws: WebSocket): void {
    this.#ws = ws
    let answered = true
    const pings = setInterval(() => {
      if (!answered) return ws.terminate()
      answered = false
      ws.ping()
    }, PING_INTERVAL_MS).unref()
    ws.on('pong', () => {
      answered = true
    })
    // A broken connection closes; there is nobody to tell.
    ws.on('error', () => {})
    ws.once('close', () => {
      clearInterval(pings)
      this.ctx.abort()
    })
  }
}

const TEXT = { binary: false }

function headerLines(headers: NodeJS.Dict<number | string | string[]>): string[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) => `${name}: ${one}`),
  )
}
