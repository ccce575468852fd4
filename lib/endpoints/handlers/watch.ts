import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { statusOf } from '../../meta/errors.js'
import type { Lister, ListQuery, Watcher } from '../../registry/rest.js'
import { encodeJSON } from '../../runtime/json/index.js'
import type { WatchEvent } from '../../storage/interface.js'
import type { Negotiated } from '../negotiation/negotiate.js'
import type { RequestContext } from '../request/request-context.js'
import type { RequestScope } from '../request-scope.js'
import { setStandardHeaders } from '../response/headers.js'
import { includeObject, transformObject } from '../response/object.js'

const DEFAULT_TIMEOUT_SECONDS = 1800
const EVENT_END = Buffer.from('}\n')
const EVENT_HEADS = {
  ADDED: Buffer.from('{"type":"ADDED","object":'),
  MODIFIED: Buffer.from('{"type":"MODIFIED","object":'),
  DELETED: Buffer.from('{"type":"DELETED","object":'),
} as const

/** A host application's compression buffers until told otherwise. */
type Flushable = ServerResponse & { flush?: () => void }

/** Streams changes until the time is up, the client leaves or the store ends it. */
export async function serveWatch(
  ctx: RequestContext,
  scope: RequestScope,
  storage: Lister & Watcher,
  query: ListQuery & { readonly timeoutSeconds: number | undefined },
  negotiated: Negotiated,
): Promise<void> {
  if (negotiated.transform?.kind === 'Table') includeObject(ctx)
  const timer = setTimeout(() => ctx.abort(), watchMilliseconds(query.timeoutSeconds))
  try {
    const events = await storage.watch(ctx, query)
    begin(ctx, negotiated)
    await stream(ctx, events, eventEncoder(ctx, scope, storage, negotiated))
  } finally {
    clearTimeout(timer)
    ctx.abort()
  }
  ctx.response.end()
}

/** Exactly as asked, else 30 to 60 minutes: a herd of clients must not come back all at once. */
function watchMilliseconds(seconds: number | undefined): number {
  const wanted = seconds && seconds > 0 ? seconds : DEFAULT_TIMEOUT_SECONDS * (1 + Math.random())
  return Math.min(wanted * 1000, 2 ** 31 - 1)
}

function begin(ctx: RequestContext, negotiated: Negotiated): void {
  const { response } = ctx
  setStandardHeaders(ctx)
  response.setHeader('Content-Type', negotiated.serializer.mediaType)
  response.writeHead(200)
  response.flushHeaders()
}

async function stream(
  ctx: RequestContext,
  events: AsyncIterable<WatchEvent>,
  encode: (event: WatchEvent) => readonly Buffer[],
): Promise<void> {
  const response: Flushable = ctx.response
  try {
    for await (const event of events) {
      if (ctx.signal.aborted) return
      const pieces = encode(event)
      const ready = response.write(pieces.length === 1 ? pieces[0] : Buffer.concat(pieces))
      response.flush?.()
      if (!ready)
        await Promise.race([once(response, 'drain', { signal: ctx.signal }).catch(() => {}), once(response, 'close')])
    }
  } catch (err) {
    if (ctx.signal.aborted) return
    response.write(Buffer.concat([Buffer.from('{"type":"ERROR","object":'), encodeJSON(statusOf(err)), EVENT_END]))
  }
}

type EncodeEvent = (event: WatchEvent) => readonly Buffer[]

/** Frames events in the form that was negotiated; plain JSON events are the stored bytes in a frame. */
function eventEncoder(ctx: RequestContext, scope: RequestScope, storage: Lister, negotiated: Negotiated): EncodeEvent {
  const { kind } = scope
  const { transform } = negotiated
  let first = true
  return (event) => {
    if (event.type === 'BOOKMARK') return [bookmark(scope, event.resourceVersion, event.initialEventsEnd)]
    if (!transform) return [EVENT_HEADS[event.type], event.object.encodedAs(kind), EVENT_END]
    const value = transformObject(ctx, scope, storage, event.object, transform) as Record<string, unknown>
    // Columns do not change within a watch: only the first table names them.
    if (transform.kind === 'Table' && !first) value.columnDefinitions = null
    first = false
    return [EVENT_HEADS[event.type], encodeJSON(value), EVENT_END]
  }
}

const INITIAL_EVENTS_END = 'k8s.io/initial-events-end'

/** An empty object that says how far the watch has come (KEP-956), and whether the initial state is complete (KEP-3157). */
function bookmark(scope: RequestScope, resourceVersion: string, initialEventsEnd: boolean): Buffer {
  const annotations = initialEventsEnd ? { annotations: { [INITIAL_EVENTS_END]: 'true' } } : {}
  const object = {
    kind: scope.kind.gvk.kind,
    apiVersion: scope.kind.apiVersion,
    metadata: { resourceVersion, ...annotations },
  }
  return Buffer.from(`{"type":"BOOKMARK","object":${JSON.stringify(object)}}\n`)
}
