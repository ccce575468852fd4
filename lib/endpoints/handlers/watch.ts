import { badRequest } from '../../meta/errors.js'
import type { Lister, ListQuery, Watcher } from '../../registry/rest.js'
import type { WatchEvent } from '../../storage/interface.js'
import { ClosedError, SlowConsumerError } from '../../storage/kv/types.js'
import type { Negotiated } from '../negotiation/negotiate.js'
import type { RequestContext } from '../request/request-context.js'
import type { RequestScope } from '../request-scope.js'
import { includeObject } from '../response/object.js'
import { inBatches, type WatchFrame } from './watch-batches.js'
import { errorFrame, WatchEventEncoder } from './watch-events.js'
import { HTTPWatchSink, type WatchSink } from './watch-sink.js'
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
    if ((await sink.begin()) && ctx.request.method !== 'HEAD') await watch.stream(events)
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

  async stream(events: AsyncIterable<WatchEvent>): Promise<void> {
    const { ctx, sink } = this
    this.#reached = this.#start
    try {
      for await (const { frames, settled } of inBatches(this.#frames(events))) {
        const sent = sink.send(frames.map(({ bytes }) => bytes))
        const last = frames.at(-1)?.resourceVersion
        if (settled && last !== undefined) this.#reached = last
        if (!(await sent) || ctx.signal.aborted) break
      }
    } catch (err) {
      // A reader that was too slow, or a store that closes: the stream just ends, as Kubernetes ends it.
      if (!ctx.signal.aborted && !(err instanceof SlowConsumerError) && !(err instanceof ClosedError))
        await sink.send([errorFrame(err)])
    }
    this.cutShort = ctx.signal.aborted
  }

  endInTime(): void {
    this.timeUp = true
    this.ctx.abort()
  }

  sendBookmark(): void {
    if (this.#reached !== undefined && !this.ctx.signal.aborted)
      void this.sink.send([this.encoder.bookmark(this.#reached)])
  }

  async *#frames(events: AsyncIterable<WatchEvent>): AsyncGenerator<WatchFrame> {
    for await (const event of events) {
      const isMark = event.type === 'BOOKMARK'
      if (isMark) this.#initial = false
      // Existing objects come by name: the version of one says nothing about the others.
      const resourceVersion = isMark ? event.resourceVersion : this.#initial ? undefined : event.object.resourceVersion
      yield { bytes: this.encoder.encode(event), resourceVersion }
    }
  }
}

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
