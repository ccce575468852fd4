import type { Context } from '../../meta/context.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import { isStorageError } from '../../storage/errors.js'
import { isEventSource, type StoredList, type WatchEvent } from '../../storage/interface.js'
import { interpretStorageError } from '../interpret-error.js'
import type { ListQuery } from '../rest.js'
import { InterpretedSource } from './interpreted-source.js'
import { keyOf, predicateOf, type StoreParts, scopeOf } from './parts.js'

const BOOKMARK_INTERVAL_MS = 60_000

export async function get(
  parts: StoreParts,
  ctx: Context,
  name: string,
  resourceVersion: string,
): Promise<StoredObject> {
  const key = keyOf(parts, ctx, name)
  try {
    return decorate(parts, await parts.storage.storage.get(ctx, key, { resourceVersion }))
  } catch (err) {
    throw interpretStorageError(err, 'get', parts.resource, name)
  }
}

export async function list(parts: StoreParts, ctx: Context, query: ListQuery): Promise<StoredList> {
  const predicate = predicateOf(parts, query)
  const { key, recursive } = scopeOf(parts, ctx, predicate)
  try {
    const { resourceVersion, resourceVersionMatch } = query
    const result = await parts.storage.storage.getList(ctx, key, {
      resourceVersion,
      resourceVersionMatch,
      predicate,
      recursive,
    })
    return parts.decorator ? { ...result, items: result.items.map((item) => decorate(parts, item)) } : result
  } catch (err) {
    throw interpretStorageError(err, 'list', parts.resource, '')
  }
}

export async function watch(parts: StoreParts, ctx: Context, query: ListQuery): Promise<AsyncIterable<WatchEvent>> {
  const predicate = predicateOf(parts, { ...query, limit: 0, continue: '' })
  const { key, recursive } = scopeOf(parts, ctx, predicate)
  try {
    const events = await parts.storage.storage.watch(ctx, key, {
      resourceVersion: query.resourceVersion,
      predicate,
      recursive,
      ...(query.allowWatchBookmarks ? { bookmarkIntervalMs: BOOKMARK_INTERVAL_MS } : {}),
      ...(query.sendInitialEvents === undefined ? {} : { sendInitialEvents: query.sendInitialEvents }),
    })
    return interpreted(parts, events)
  } catch (err) {
    const told = interpretStorageError(err, 'watch', parts.resource, '')
    if (isStorageError(err, 'Expired') || isStorageError(err, 'TooLargeResourceVersion')) return endingAtOnce(told)
    throw told
  }
}

/** A version that is well-formed and cannot be had is told by an event, as Kubernetes tells it: clients look for it there. */
// biome-ignore lint/correctness/useYield: a watch without events, which ends by saying why
async function* endingAtOnce(err: unknown): AsyncGenerator<WatchEvent> {
  throw err
}

/** The same events, with what ends them in the words of the API. */
function interpreted(parts: StoreParts, events: AsyncIterable<WatchEvent>): AsyncIterable<WatchEvent> {
  if (!parts.decorator && isEventSource(events)) return new InterpretedSource(parts, events)
  return decorated(parts, events)
}

async function* decorated(parts: StoreParts, events: AsyncIterable<WatchEvent>): AsyncGenerator<WatchEvent> {
  try {
    for await (const event of events)
      yield event.type === 'BOOKMARK' ? event : { ...event, object: decorate(parts, event.object) }
  } catch (err) {
    throw interpretStorageError(err, 'watch', parts.resource, '')
  }
}

function decorate(parts: StoreParts, stored: StoredObject): StoredObject {
  return parts.decorator ? stored.codec.transient(stored.key, parts.decorator(stored.object)) : stored
}
