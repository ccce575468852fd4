import type { Context } from '../../meta/context.js'
import type { KubeObject } from '../../meta/types.js'
import { StorageError } from '../errors.js'
import type { StoredList, WatchEvent, WatchOptions } from '../interface.js'
import { CompactedError, type KVEvent, type KVWatch, ReplacedError, UnavailableError } from '../kv/types.js'
import type { SelectionPredicate } from '../selection-predicate.js'
import { versioner } from '../versioner.js'
import { type Backing, fullKey, listPrefix, storedObject } from './backing.js'
import { getList } from './list.js'

/**
 * Starts a watch: what exists first when asked for, then every change once and in order.
 * Errors after the start (a compacted start, a store that is another, a reader too slow) are thrown by the iterator; where
 * the store is only out of reach it ends in peace.
 */
export async function watch<T extends KubeObject>(
  backing: Backing<T>,
  ctx: Context,
  key: string,
  options: WatchOptions,
): Promise<AsyncIterable<WatchEvent<T>>> {
  const asked = versioner.parseResourceVersion(options.resourceVersion ?? '')
  const wantsState = options.sendInitialEvents ?? asked === 0
  const initial = wantsState ? await initialState(backing, ctx, key, options, asked) : undefined
  const since = initial ? Number(initial.resourceVersion) : asked
  const changes = backing.kv.watch(ctx, options.recursive ? listPrefix(backing, key) : fullKey(backing, key), {
    // Versions beyond 2^53 never come; the last one that can be named waits just as well.
    startRevision: since === 0 ? 0 : Math.min(since + 1, Number.MAX_SAFE_INTEGER),
    ...(options.bookmarkIntervalMs ? { progressIntervalMs: options.bookmarkIntervalMs } : {}),
  })
  // "From now on" must mean: from before the caller can know that the watch has begun.
  if (since === 0) await begun(key, options, changes)
  return events(backing, key, options, initial, changes)
}

async function begun(key: string, { resourceVersion = '' }: WatchOptions, changes: KVWatch): Promise<void> {
  try {
    await changes.established
  } catch (err) {
    changes.cancel()
    throw ended(key, resourceVersion, err)
  }
}

function initialState<T extends KubeObject>(
  backing: Backing<T>,
  ctx: Context,
  key: string,
  options: WatchOptions,
  asked: number,
): Promise<StoredList<T>> {
  return getList(backing, ctx, key, {
    predicate: options.predicate.withLimit(0, ''),
    recursive: options.recursive,
    ...(asked > 0 ? { resourceVersion: String(asked), resourceVersionMatch: 'NotOlderThan' as const } : {}),
  })
}

async function* events<T extends KubeObject>(
  backing: Backing<T>,
  key: string,
  options: WatchOptions,
  initial: StoredList<T> | undefined,
  changes: KVWatch,
): AsyncGenerator<WatchEvent<T>> {
  try {
    if (initial) {
      for (const object of initial.items) yield { type: 'ADDED', object }
      if (options.sendInitialEvents && options.bookmarkIntervalMs)
        yield { type: 'BOOKMARK', resourceVersion: initial.resourceVersion, initialEventsEnd: true }
    }
    const exactKey = options.recursive ? undefined : fullKey(backing, key)
    for await (const batch of changes) {
      for (const change of batch.events) {
        if (exactKey !== undefined && change.key !== exactKey) continue
        const event = asWatchEvent(backing, change, options.predicate)
        if (event) yield event
      }
      if (batch.events.length === 0 && options.bookmarkIntervalMs)
        yield { type: 'BOOKMARK', resourceVersion: String(batch.revision), initialEventsEnd: false }
    }
  } catch (err) {
    // A store that is away says nothing of what the reader knows: he may go on from there when it is back.
    if (!(err instanceof UnavailableError)) throw ended(key, options.resourceVersion ?? '', err)
  } finally {
    changes.cancel()
  }
}

/** What a client can list anew after is Expired. Clients name the revision after which a watch begins, stores the first one. */
function ended(key: string, asked: string, err: unknown): unknown {
  if (err instanceof CompactedError)
    return new StorageError('Expired', key, `too old resource version: ${err.requested - 1} (${err.compacted})`)
  if (!(err instanceof ReplacedError)) return err
  const message = `too old resource version: ${asked || '0'} (the store was put back)`
  return new StorageError('Expired', key, message, {}, { cause: err })
}

/** What a change looks like through a selector: an object can come into view, go out of it, or never have been seen. */
function asWatchEvent<T extends KubeObject>(
  backing: Backing<T>,
  change: KVEvent,
  predicate: SelectionPredicate,
): WatchEvent<T> | undefined {
  const now = change.kv && storedObject(backing, change.kv)
  const before = change.prev && storedObject(backing, change.prev)
  const seenNow = now !== undefined && (predicate.empty() || predicate.matches(now))
  const seenBefore = before !== undefined && (predicate.empty() || predicate.matches(before))
  if (seenNow) return { type: seenBefore ? 'MODIFIED' : 'ADDED', object: now }
  if (seenBefore) return { type: 'DELETED', object: before.atRevision(change.revision) }
  return undefined
}
