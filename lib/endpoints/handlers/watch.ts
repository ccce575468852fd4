import { isAborted } from '../../meta/context.js'
import { badRequest } from '../../meta/errors.js'
import type { Lister, ListQuery, Watcher } from '../../registry/rest.js'
import { type Timed, TimerQueue } from '../../runtime/timer-queue.js'
import type { EventSource, WatchEvent } from '../../storage/interface.js'
import { ClosedError, SlowConsumerError } from '../../storage/kv/types.js'
import { type Negotiated, negotiateStream } from '../negotiation/negotiate.js'
import type { RequestContext } from '../request/request-context.js'
import type { RequestScope } from '../request-scope.js'
import { answerable } from '../response/answerable.js'
import { includeObject } from '../response/object.js'
import { WatchChunk } from './watch-chunk.js'
import { errorFrame, WatchEventEncoder } from './watch-events.js'
import { type PumpEnd, type PumpOwner, WatchPump } from './watch-pump.js'
import { HTTPWatchSink, type WatchSink } from './watch-sink.js'
import { asEventSource } from './watch-source.js'
import { isWebSocketRequest, upgradeOffered } from './watch-upgrade.js'
import { WebSocketWatchSink } from './watch-websocket.js'

const DEFAULT_TIMEOUT_SECONDS = 1800
/** So long before the end a bookmark tells how far the watch came, for the next one to go on from. */
const LAST_BOOKMARK_MS = 2_000

export type WatchQuery = ListQuery & { readonly timeoutSeconds: number | undefined }

/** Streams changes until the time is up, the client leaves or the store ends it. */
export async function serveWatch(
  ctx: RequestContext,
  scope: RequestScope,
  storage: Lister & Watcher,
  query: WatchQuery,
  negotiated: Negotiated,
): Promise<void> {
  const sink = sinkFor(ctx)
  const watch = new Watch(ctx, new WatchEventEncoder(ctx, scope, storage, negotiated), sink, query)
  try {
    const events = await storage.watch(ctx, query)
    if (negotiated.transform?.kind === 'Table') includeObject(ctx)
    const { mediaType } = negotiateStream(ctx.head, () => ctx.query)
    // Nothing can follow the headers of an answer to HEAD. Below nothing a time is up before it began, as in Kubernetes.
    const isOver = ctx.request.method === 'HEAD' || (query.timeoutSeconds ?? 0) < 0
    if (!(await sink.begin(mediaType)) || isOver) return watch.end()
    const streaming = watch.stream(asEventSource(events))
    // A response that gave its connection away looks untouched to who routed the request, and would be ended by them.
    if (sink instanceof WebSocketWatchSink) await streaming
    else ctx.streaming = streaming
  } catch (err) {
    watch.leave()
    throw err
  }
}

/** @throws StatusError 400 for a websocket where nobody hands the connection over */
function sinkFor(ctx: RequestContext): WatchSink {
  const offer = upgradeOffered(ctx.request)
  if (offer) return new WebSocketWatchSink(ctx, offer)
  if (isWebSocketRequest(ctx.request))
    throw badRequest(
      "this server does not upgrade connections to websockets: its upgrade event must be handled (server.on('upgrade', api.upgrade), or runServer's option websockets)",
    )
  return new HTTPWatchSink(ctx)
}

/** Ends of watches, and the bookmarks shortly before them. */
const timers = new TimerQueue()

/** One watch that is being served. Thousands of them wait at a time: what it holds is all that each of them costs. */
class Watch implements PumpOwner, Timed {
  dueAt: number
  readonly #endsAt: number
  /** Whether its own time ran out, and not the client's patience or the server's life. */
  #timeUp = false
  /** Everything up to here has been sent; undefined while nobody can say. */
  #reached: string | undefined
  #initial: boolean
  #source: EventSource | undefined
  #ended: ((conclusion: Promise<void>) => void) | undefined
  readonly #start: string | undefined

  constructor(
    private readonly ctx: RequestContext,
    private readonly encoder: WatchEventEncoder,
    private readonly sink: WatchSink,
    { resourceVersion, sendInitialEvents, timeoutSeconds, allowWatchBookmarks }: WatchQuery,
  ) {
    const fromVersion = resourceVersion !== '' && resourceVersion !== '0'
    this.#initial = sendInitialEvents ?? !fromVersion
    this.#start = fromVersion && !this.#initial ? resourceVersion : undefined
    const lasts = watchMilliseconds(timeoutSeconds)
    this.#endsAt = performance.now() + lasts
    this.dueAt = allowWatchBookmarks && lasts > LAST_BOOKMARK_MS ? this.#endsAt - LAST_BOOKMARK_MS : this.#endsAt
    timers.add(this)
  }

  /** Resolves when the watch is over. */
  stream(source: EventSource): Promise<void> {
    this.#reached = this.#start
    this.#source = source
    new WatchPump(source, this.encoder, this.sink, this).start()
    return new Promise((resolve) => {
      this.#ended = resolve
    })
  }

  taken(events: readonly WatchEvent[], settled: boolean): void {
    const last = events.at(-1)!
    if (events.some(({ type }) => type === 'BOOKMARK')) this.#initial = false
    // Existing objects come by name: the version of one says nothing about the others.
    if (last.type === 'BOOKMARK') this.#reached = last.resourceVersion
    else if (settled && !this.#initial) this.#reached = last.object.resourceVersion
  }

  caughtUp(): void {
    this.ctx.onWatchInitialized?.()
    this.ctx.onWatchInitialized = undefined
  }

  ended(end: PumpEnd): void {
    this.#ended?.(this.#conclude(end))
  }

  async #conclude(end: PumpEnd): Promise<void> {
    try {
      if (end.by === 'source' && end.error !== undefined && !isAborted(this.ctx) && !endsQuietly(end.error))
        await this.sink.send(new WatchChunk([errorFrame(answerable(this.ctx, end.error))]))
    } catch (err) {
      this.leave()
      throw err
    }
    this.end()
  }

  due(): void {
    if (this.dueAt < this.#endsAt) {
      this.dueAt = this.#endsAt
      timers.add(this)
      this.#sendBookmark()
    } else {
      this.#timeUp = true
      this.ctx.abort()
    }
  }

  #sendBookmark(): void {
    if (isAborted(this.ctx)) return
    if (this.#source?.requestBookmark) this.#source.requestBookmark()
    else if (this.#reached !== undefined) void this.sink.send(new WatchChunk([this.encoder.bookmark(this.#reached)]))
  }

  /** Ends the answer, and tells a websocket's client why. */
  end(): void {
    const cutShort = isAborted(this.ctx) && !this.#timeUp
    this.leave()
    this.sink.end(cutShort ? 'shutdown' : 'complete')
  }

  /** Ends whatever still works for this watch. */
  leave(): void {
    timers.delete(this)
    this.ctx.abort()
  }
}

/** A reader that was too slow, or a store that closes: the stream just ends, as Kubernetes ends it. */
const endsQuietly = (err: unknown): boolean => err instanceof SlowConsumerError || err instanceof ClosedError

/** Exactly as asked where that is more than nothing, else 30 to 60 minutes: a herd of clients must not come back all at once. */
const watchMilliseconds = (seconds: number | undefined): number =>
  1000 * (seconds && seconds > 0 ? seconds : DEFAULT_TIMEOUT_SECONDS * (1 + Math.random()))
