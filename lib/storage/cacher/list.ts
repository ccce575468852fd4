import type { Context } from '../../meta/context.js'
import type { KubeObject } from '../../meta/types.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import { yieldsToOthers } from '../../runtime/turns.js'
import { decodeContinue, encodeContinue } from '../continue-token.js'
import type { ListOptions, StoredList } from '../interface.js'
import { endOf } from '../kv/compare-keys.js'
import { fullKey, listPrefix } from '../store/backing.js'
import type { Caching } from './caching.js'
import { freshEnough, ifStill } from './freshness.js'
import type { KeySnapshot } from './key-tree.js'

/** @throws StorageError (Expired, InvalidContinue, TooLargeResourceVersion) */
export async function listFromCache<T extends KubeObject>(
  cacher: Caching<T>,
  ctx: Context,
  key: string,
  options: ListOptions,
): Promise<StoredList<T>> {
  const { predicate, resourceVersion = '' } = options
  const later = laterPage(cacher, key, options)
  if (later) return page(cacher, key, options, later.snapshot, later.revision, later.start, predicate.limit)
  if (needsHistory(options)) return cacher.store.getList(ctx, key, options)
  const fresh = freshEnough(cacher, resourceVersion)
  const cache = fresh instanceof Promise ? ifStill(cacher, await fresh) : fresh
  if (!cache) return cacher.store.getList(ctx, key, options)
  const { revision } = cacher
  if (!options.recursive) return one(cache.get(fullKey(cacher.backing, key)), options, revision)
  // "Any version will do" was made for caches without pages: the limit counts for nothing there.
  const limit = resourceVersion === '0' ? 0 : predicate.limit
  return page(cacher, key, options, cache.snapshot(), revision, listPrefix(cacher.backing, key), limit)
}

/** Whether one certain revision is asked for: the store has its history, the cache the present. */
function needsHistory({ predicate, resourceVersion = '', resourceVersionMatch = '' }: ListOptions): boolean {
  if (predicate.continueToken !== '' || resourceVersionMatch === 'Exact') return true
  return resourceVersionMatch === '' && predicate.limit > 0 && resourceVersion !== '' && resourceVersion !== '0'
}

/** Where a list goes on that began with a state which is still kept. */
function laterPage<T extends KubeObject>(
  cacher: Caching<T>,
  key: string,
  { predicate, recursive }: ListOptions,
): { snapshot: KeySnapshot<StoredObject<T>>; revision: number; start: string } | undefined {
  if (predicate.continueToken === '' || !recursive) return undefined
  const { start, revision } = decodeContinue(predicate.continueToken, listPrefix(cacher.backing, key))
  // What the store has forgotten is forgotten here, too: clients shall meet the same rule everywhere.
  const snapshot = revision > cacher.backing.kv.compactedRevision() ? cacher.pages.at(revision) : undefined
  return snapshot && { snapshot, revision, start }
}

function one<T extends KubeObject>(
  object: StoredObject<T> | undefined,
  { predicate }: ListOptions,
  revision: number,
): StoredList<T> {
  const items = object && predicate.matches(object) ? [object] : []
  return { items, resourceVersion: String(revision), continue: '', remainingItemCount: undefined }
}

async function page<T extends KubeObject>(
  cacher: Caching<T>,
  key: string,
  { predicate }: ListOptions,
  snapshot: KeySnapshot<StoredObject<T>>,
  revision: number,
  start: string,
  limit: number,
): Promise<StoredList<T>> {
  const prefix = listPrefix(cacher.backing, key)
  const resourceVersion = String(revision)
  // A token may say that it goes on at the very beginning of its old state.
  if (limit === 0 && predicate.empty() && predicate.continueToken === '') {
    const items = cacher.wholeLists.below(prefix, snapshot)
    return { items, resourceVersion, continue: '', remainingItemCount: undefined }
  }
  const items: StoredObject<T>[] = []
  const { cache } = cacher
  const pause = yieldsToOthers()
  for (const object of snapshot.values(start, endOf(prefix))) {
    if (limit > 0 && items.length === limit) {
      // One more than asked for is there: the next page begins behind the last one of this.
      const next = `${items.at(-1)!.key}\0`
      // What was given up meanwhile may never have been what the store says: nobody is to go on in it.
      if (cache === cacher.cache) cacher.pages.keep(revision, snapshot)
      const left = predicate.empty() ? snapshot.rank(endOf(prefix)) - snapshot.rank(next) : undefined
      return { items, resourceVersion, continue: encodeContinue(next, prefix, revision), remainingItemCount: left }
    }
    if (predicate.empty() || predicate.matches(object)) items.push(object)
    const turn = pause()
    // A turn of the queue of promises for each of many objects would cost more than looking at them.
    if (turn) await turn
  }
  return { items, resourceVersion, continue: '', remainingItemCount: undefined }
}
