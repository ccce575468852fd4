import type { Context } from '../../meta/context.js'
import type { KubeObject } from '../../meta/types.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import { StorageError } from '../errors.js'
import type { WatchEvent, WatchOptions } from '../interface.js'
import { endOf } from '../kv/compare-keys.js'
import { fullKey, listPrefix } from '../store/backing.js'
import { versioner } from '../versioner.js'
import type { Caching } from './caching.js'
import { freshEnough, ifStill } from './freshness.js'
import type { WatchCache } from './watch-cache.js'

/** How long a watch waits for a cache that is being filled, before it bothers the store itself. */
const PATIENCE_MS = 3_000

/** Starts a watch on the cache, or on the store for what the cache does not know. Errors after the start come from the events. */
export async function watchFromCache<T extends KubeObject>(
  cacher: Caching<T>,
  ctx: Context,
  key: string,
  options: WatchOptions,
): Promise<AsyncIterable<WatchEvent<T>>> {
  const asked = versioner.parseResourceVersion(options.resourceVersion ?? '')
  const scope = options.recursive ? listPrefix(cacher.backing, key) : fullKey(cacher.backing, key)
  if (!isKnownScope(cacher, scope, options.recursive) || !(await cacher.ready(PATIENCE_MS)))
    return cacher.store.watch(ctx, key, options)
  if (!(options.sendInitialEvents ?? asked === 0)) return fromRevision(cacher, ctx, key, scope, options, asked)
  const fresh = freshEnough(cacher, options.resourceVersion ?? '')
  const cache = fresh instanceof Promise ? ifStill(cacher, await fresh) : fresh
  if (!cache) return cacher.store.watch(ctx, key, options)
  const { revision } = cacher
  return cacher.addWatcher(ctx, scope, options, revision, {
    initial: stateOf(cache, scope, options.recursive),
    ...(options.sendInitialEvents && options.bookmarkIntervalMs ? { initialEventsEnd: revision } : {}),
  })
}

/** The whole resource, one namespace, or one object: what the index finds watchers by. */
function isKnownScope<T extends KubeObject>(cacher: Caching<T>, scope: string, recursive: boolean): boolean {
  if (!recursive || scope === cacher.root) return true
  return scope.startsWith(cacher.root) && scope.indexOf('/', cacher.root.length) === scope.length - 1
}

function stateOf<T extends KubeObject>(
  cache: WatchCache<T>,
  scope: string,
  recursive: boolean,
): Iterator<StoredObject<T>> {
  if (recursive) return cache.snapshot().values(scope, endOf(scope))
  const object = cache.get(scope)
  return (object ? [object] : [])[Symbol.iterator]()
}

async function fromRevision<T extends KubeObject>(
  cacher: Caching<T>,
  ctx: Context,
  key: string,
  scope: string,
  options: WatchOptions,
  asked: number,
): Promise<AsyncIterable<WatchEvent<T>>> {
  // "From now on" is from what every reader can have seen by now.
  if (asked === 0) await freshEnough(cacher, '')
  const { cache, revision } = cacher
  if (!cache) return cacher.store.watch(ctx, key, options)
  const after = asked === 0 ? revision : asked
  if (after < cache.window.since) return fromHistory(cacher, ctx, key, options, asked)
  const past = cache.window.after(after).filter((event) => isIn(scope, options.recursive, event.key))
  return cacher.addWatcher(ctx, scope, options, Math.max(after, revision), { past })
}

const isIn = (scope: string, recursive: boolean, key: string): boolean =>
  recursive ? key.startsWith(scope) : key === scope

/** Older than the window: the store may still know, but each such watch costs it one of its own. */
async function fromHistory<T extends KubeObject>(
  cacher: Caching<T>,
  ctx: Context,
  key: string,
  options: WatchOptions,
  asked: number,
): Promise<AsyncIterable<WatchEvent<T>>> {
  const { cache, historyWatches } = cacher
  const events = await historyWatches.start(ctx, (own) => cacher.store.watch(own, key, options))
  if (events) return events
  throw new StorageError('Expired', key, `too old resource version: ${asked} (${cache?.window.since ?? asked})`)
}
