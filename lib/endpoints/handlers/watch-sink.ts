import { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Writable } from 'node:stream'
import type { RequestContext } from '../request/request-context.js'
import { standardHeaders } from '../response/headers.js'
import type { WatchChunk } from './watch-chunk.js'

/** Where the frames of a watch go: a chunked HTTP answer, or a websocket. */
export interface WatchSink {
  /** Answers that the stream begins, of that media type where HTTP has a place for it. False: the client is gone. */
  begin(mediaType: string): Promise<boolean>
  /** Writes frames together; a promise resolves when there is room for more. False: the client is gone, or was ended as too slow. */
  send(chunk: WatchChunk): boolean | Promise<boolean>
  /** Ends the stream once what was sent is out, or after {@link END_PATIENCE_MS}. */
  end(why: WatchEnd): void
}

/** `complete` = its time is up or the store ended it, `shutdown` = the server goes away. */
export type WatchEnd = 'complete' | 'shutdown'

/** A reader that takes nothing of 64 KiB for so long is ended: it can come back and say where it was. */
export const SLOW_READER_MS = 30_000
export const END_PATIENCE_MS = 5_000

/** A host application's compression buffers until told otherwise; the rest is what Node keeps of an answer under way. */
type Answer = ServerResponse & {
  flush?: () => void
  readonly chunkedEncoding?: boolean
  readonly outputSize?: number
}

/** Lines of JSON in a chunked answer. */
export class HTTPWatchSink implements WatchSink {
  readonly #response: Answer

  constructor(private readonly ctx: RequestContext) {
    this.#response = ctx.response
  }

  async begin(mediaType: string): Promise<boolean> {
    // Handed over in one go, they are not kept for as long as the watch lasts.
    this.#response.writeHead(200, { ...standardHeaders(this.ctx), 'Content-Type': mediaType })
    this.#response.flushHeaders()
    return !this.ctx.gone
  }

  send(chunk: WatchChunk): boolean | Promise<boolean> {
    const response = this.#response
    if (this.ctx.gone) return false
    this.ctx.onEvents?.(chunk.frames)
    const socket = plainSocketOf(response)
    if (socket) return socket.write(chunk.chunked) || this.#drained(socket)
    const ready = response.write(chunk.bytes)
    response.flush?.()
    return ready || this.#drained(response)
  }

  async #drained(stream: Writable): Promise<boolean> {
    const drained = await once(this.ctx, (done) => {
      stream.once('drain', done)
      return () => stream.off('drain', done)
    })
    if (drained === 'too-slow') this.#response.destroy()
    return drained === 'done'
  }

  end(): void {
    const response = this.#response
    response.end()
    if (response.writableFinished || this.ctx.gone) return
    const cut = setTimeout(() => response.destroy(), END_PATIENCE_MS).unref()
    response.once('close', () => clearTimeout(cut))
  }
}

const { write } = ServerResponse.prototype

/**
 * The connection of an answer in chunks whose writing nobody (compression, say) has taken over: a chunk that is made once
 * can be sent to all of them as it is. Undefined also while an earlier answer on the same connection is not out yet.
 */
function plainSocketOf(response: Answer): Socket | undefined {
  if (response.chunkedEncoding !== true || response.outputSize !== 0 || response.write !== write) return undefined
  return response.socket ?? undefined
}

/** Waits for something of the reader's, no longer than it may take, nor than the request lives. */
export function once(
  { signal }: RequestContext,
  listen: (done: () => void) => () => void,
): Promise<'done' | 'gone' | 'too-slow'> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve('gone')
    const settle = (outcome: 'done' | 'gone' | 'too-slow') => {
      clearTimeout(timer)
      signal.removeEventListener('abort', gone)
      unlisten()
      resolve(outcome)
    }
    const gone = () => settle('gone')
    const timer = setTimeout(() => settle('too-slow'), SLOW_READER_MS).unref()
    signal.addEventListener('abort', gone)
    const unlisten = listen(() => settle('done'))
  })
}
