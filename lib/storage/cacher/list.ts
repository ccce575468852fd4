import type { Context } from '../../meta/context.js'
import type { KubeObject } from '../../meta/types.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import { encodeContinue } from '../continue-token.js'
import type { ListOptions, StoredList } from '../interface.js'
import { endOf } from '../kv/compare-keys.js'
import type { SelectionPredicate } from '../selection-predicate.js'
import { fullKey, listPrefix } from '../store/backing.js'
import { nextPage } from '../store/next-page.js'
import type { Caching } from './caching.js'
import type { Candidates } from './candidates.js'
import { freshEnough, ifStill } from './freshness.js'
import type { KeySnapshot } from './key-tree.js'
import { yieldsBySize } from './object-pacing.js'

/** A state to be listed from. */
interface ListedState<T extends KubeObject> {
  readonly snapshot: KeySnapshot<StoredObject<T>>
  readonly revision: number
  /** The first key. */
  readonly start: string
  /** What need be looked at, when an index knows. */
  readonly candidates: Candidates<T> | undefined
}

/** @throws StorageError (Expired, InvalidContinue, TooLargeResourceVersion) */
export async function listFromCache<T extends KubeObject>(
  cacher: Caching<T>,
  ctx: Context,
  key: string,
  options: ListOptions,
): Promise<StoredList<T>> {
  const { predicate, resourceVersion = '' } = options
  const later = laterPage(cacher, key, options)
  if (later) return page(cacher, key, options, later, predicate.limit)
  if (needsHistory(options)) return cacher.store.getList(ctx, key, options)
  const fresh = freshEnough(cacher, resourceVersion)
  const cache = fresh instanceof Promise ? ifStill(cacher, await fresh) : fresh
  if (!cache) return cacher.store.getList(ctx, key, options)
  if (!options.recursive) return one(cache.get(fullKey(cacher.backing, key)), options, cacher.revision)
  const start = listPrefix(cacher.backing, key)
  const end = endOf(start)
  const preparing = cache.indexes.prepare(predicate, start, end, () => cache === cacher.cache)
  if (preparing) await preparing
  if (cache !== cacher.cache) return cacher.store.getList(ctx, key, options)
  const state = {
    snapshot: cache.snapshot(),
    revision: cacher.revision,
    start,
    candidates: cache.indexes.select(predicate, start, end),
  }
  // "Any version will do" was made for caches without pages: the limit counts for nothing there.
  return page(cacher, key, options, state, resourceVersion === '0' ? 0 : predicate.limit)
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
  options: ListOptions,
): ListedState<T> | undefined {
  const { predicate, recursive } = options
  if (predicate.continueToken === '' || !recursive) return undefined
  const { start, revision } = nextPage(options, listPrefix(cacher.backing, key))
  // What the store has forgotten is forgotten here, too: clients shall meet the same rule everywhere.
  const kept = revision > cacher.backing.kv.compactedRevision() ? cacher.pages.at(revision) : undefined
  if (!kept) return undefined
  return { snapshot: kept.snapshot, revision, start, candidates: kept.candidates.get(predicate.selection) }
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
  { snapshot, revision, start, candidates }: ListedState<T>,
  limit: number,
): Promise<StoredList<T>> {
  const prefix = listPrefix(cacher.backing, key)
  const whole = { resourceVersion: String(revision), continue: '', remainingItemCount: undefined }
  const everything = predicate.empty()
  // A token may say that it goes on at the very beginning of its old state.
  if (limit === 0 && predicate.continueToken === '') {
    if (everything) return { ...whole, items: cacher.wholeLists.below(prefix, snapshot) }
    const sets = candidates?.sets ?? [snapshot]
    const select = () => selected(candidates ?? snapshot, predicate, start, endOf(prefix), limit)
    return { ...whole, items: await cacher.selectedLists.get({ prefix, sets }, predicate, select) }
  }
  const { cache } = cacher
  const end = endOf(prefix)
  const items = await selected(candidates ?? snapshot, predicate, start, end, limit)
  if (limit === 0 || items.length < limit) return { ...whole, items }
  const next = `${items.at(-1)!.key}\0`
  const left = snapshot.count(next, end)
  // Any object more makes a next page, which may turn out empty.
  if (left === 0) return { ...whole, items }
  // What was given up meanwhile may never have been what the store says: nobody is to go on in it.
  if (cache === cacher.cache) cacher.pages.keep(revision, snapshot, predicate.selection, candidates)
  const token = encodeContinue(next, prefix, revision)
  return { ...whole, items, continue: token, remainingItemCount: everything ? left : undefined }
}

/** What is selected of the objects from `start` (inclusive) to `end` (exclusive), but no more than `limit` (0 = all). */
async function selected<T extends KubeObject>(
  objects: Pick<KeySnapshot<StoredObject<T>>, 'values'>,
  predicate: SelectionPredicate,
  start: string,
  end: string,
  limit: number,
): Promise<readonly StoredObject<T>[]> {
  const everything = predicate.empty()
  const items: StoredObject<T>[] = []
  const pause = yieldsBySize()
  for (const object of objects.values(start, end)) {
    if (everything || predicate.matches(object)) items.push(object)
    if (limit > 0 && items.length === limit) break
    const turn = pause(object.size)
    // A turn of the queue of promises for each of many objects would cost more than looking at them.
    if (turn) await turn
  }
  return items
}
