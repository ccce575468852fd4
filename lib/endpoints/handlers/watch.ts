import { badRequest } from '../../meta/errors.js'
import type { Lister, ListQuery, Watcher } from '../../registry/rest.js'
import type { EventSource, WatchEvent } from '../../storage/interface.js'
import { ClosedError, SlowConsumerError } from '../../storage/kv/types.js'
import type { Negotiated } from '../negotiation/negotiate.js'
import type { RequestContext } from '../request/request-context.js'
import type { RequestScope } from '../request-scope.js'
import { includeObject } from '../response/object.js'
import { WatchChunk } from './watch-chunk.js'
import { errorFrame, WatchEventEncoder } from './watch-events.js'
import { WatchPump } from './watch-pump.js'
import { HTTPWatchSink, type WatchSink } from './watch-sink.js'
import { asEventSource } from './watch-source.js'
import { isWebSocketRequest, upgradeOffered } from './watch-upgrade.js'
import { WebSocketWatchSink } from './watch-websocket.js'

const DEFAULT_TIMEOUT_SECONDS = 1800
const MAX_TIMER_MS = 2 ** 31 - 1
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
  if (negotiated.transform?.kind === 'Table') includeObject(ctx)
  const sink = sinkFor(ctx, negotiated)
  const watch = new Watch(ctx, new WatchEventEncoder(ctx, scope, storage, negotiated), sink, query)
  const timers = new Timers(query, watch)
  try {
    const events = await storage.watch(ctx, query)
    // Nothing can follow the headers of an answer to HEAD.
    if ((await sink.begin()) && ctx.request.method !== 'HEAD') await watch.stream(asEventSource(events))
  } finally {
    timers.clear()
    ctx.abort()
  }
  sink.end(watch.timeUp || !watch.cutShort ? 'complete' : 'shutdown')
}

/** @throws StatusError 400 for a websocket where nobody hands the connection over */
function sinkFor(ctx: RequestContext, { serializer }: Negotiated): WatchSink {
  const offer = upgradeOffered(ctx.request)
  if (offer) return new WebSocketWatchSink(ctx, offer)
  if (isWebSocketRequest(ctx.request))
    throw badRequest(
      "this server does not upgrade connections to websockets: its upgrade event must be handled (server.on('upgrade', api.upgrade))",
    )
  return new HTTPWatchSink(ctx, serializer.mediaType)
}

/** One watch that is being served. */
class Watch {
  /** Whether its own time ran out, and not the client's patience or the server's life. */
  timeUp = false
  cutShort = false
  /** Everything up to here has been sent; undefined while nobody can say. */
  #reached: string | undefined
  #initial: boolean
  #source: EventSource | undefined
  readonly #start: string | undefined

  constructor(
    private readonly ctx: RequestContext,
    private readonly encoder: WatchEventEncoder,
    private readonly sink: WatchSink,
    { resourceVersion, sendInitialEvents }: WatchQuery,
  ) {
    const fromVersion = resourceVersion !== '' && resourceVersion !== '0'
    this.#initial = sendInitialEvents ?? !fromVersion
    this.#start = fromVersion && !this.#initial ? resourceVersion : undefined
  }

  async stream(source: EventSource): Promise<void> {
    const { ctx, sink } = this
    this.#reached = this.#start
    this.#source = source
    const pump = new WatchPump(source, this.encoder, sink, (events, settled) => this.#note(events, settled))
    const end = await pump.run()
    if (end.by === 'source' && end.error !== undefined && !ctx.signal.aborted && !endsQuietly(end.error))
      await sink.send(new WatchChunk([errorFrame(end.error)]))
    this.cutShort = ctx.signal.aborted
  }

  endInTime(): void {
    this.timeUp = true
    this.ctx.abort()
  }

  sendBookmark(): void {
    if (this.ctx.signal.aborted) return
    if (this.#source?.requestBookmark) this.#source.requestBookmark()
    else if (this.#reached !== undefined) void this.sink.send(new WatchChunk([this.encoder.bookmark(this.#reached)]))
  }

  #note(events: readonly WatchEvent[], settled: boolean): void {
    const last = events.at(-1)!
    if (events.some(({ type }) => type === 'BOOKMARK')) this.#initial = false
    // Existing objects come by name: the version of one says nothing about the others.
    if (last.type === 'BOOKMARK') this.#reached = last.resourceVersion
    else if (settled && !this.#initial) this.#reached = last.object.resourceVersion
  }
}

/** A reader that was too slow, or a store that closes: the stream just ends, as Kubernetes ends it. */
const endsQuietly = (err: unknown): boolean => err instanceof SlowConsumerError || err instanceof ClosedError

/** A watch's end, and the bookmark shortly before it. */
class Timers {
  readonly #end: NodeJS.Timeout
  readonly #bookmark: NodeJS.Timeout | undefined

  constructor(query: WatchQuery, watch: Watch) {
    const lasts = watchMilliseconds(query.timeoutSeconds)
    this.#end = setTimeout(() => watch.endInTime(), lasts)
    if (query.allowWatchBookmarks && lasts > LAST_BOOKMARK_MS)
      this.#bookmark = setTimeout(() => watch.sendBookmark(), lasts - LAST_BOOKMARK_MS)
  }

  clear(): void {
    clearTimeout(this.#end)
    clearTimeout(this.#bookmark)
  }
}

/** Exactly as asked, else 30 to 60 minutes: a herd of clients must not come back all at once. */
function watchMilliseconds(seconds: number | undefined): number {
  const wanted = seconds && seconds > 0 ? seconds : DEFAULT_TIMEOUT_SECONDS * (1 + Math.random())
  return Math.min(wanted * 1000, MAX_TIMER_MS)
}
