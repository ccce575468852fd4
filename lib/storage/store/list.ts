import type { Context } from '../../meta/context.js'
import { badRequest } from '../../meta/errors.js'
import { FieldErrors } from '../../meta/field/index.js'
import type { KubeObject } from '../../meta/types.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import { yieldsToOthers } from '../../runtime/turns.js'
import { encodeContinue } from '../continue-token.js'
import { StorageError } from '../errors.js'
import type { ListOptions, StoredList } from '../interface.js'
import { CompactedError, FutureRevisionError, type RangeResult } from '../kv/types.js'
import type { SelectionPredicate } from '../selection-predicate.js'
import { validateMinimumResourceVersion, versioner } from '../versioner.js'
import { type Backing, fullKey, listPrefix, storedObject } from './backing.js'
import { nextPage } from './next-page.js'

const MAX_PAGE = 10_000
const TOO_OLD = 'The resourceVersion for the provided list is too old.'
const TOO_OLD_TO_CONTINUE =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the ' +
  'continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with ' +
  'the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time ' +
  'the first chunk was returned and now may show up in the list.'

/** Where a list begins, at which revision (0 = now), and how many objects it may have (0 = all). */
interface ListPlan {
  readonly prefix: string
  readonly start: string
  readonly revision: number
  readonly limit: number
  /** The newest revision must not be older than this one. */
  readonly minimum: string
}

/** @throws StorageError (Expired, InvalidContinue, TooLargeResourceVersion) */
export async function getList<T extends KubeObject>(
  backing: Backing<T>,
  ctx: Context,
  key: string,
  options: ListOptions,
): Promise<StoredList<T>> {
  if (!options.recursive) return listOne(backing, ctx, key, options)
  const plan = planList(listPrefix(backing, key), options)
  const { predicate } = options
  const items: StoredObject<T>[] = []
  const pause = yieldsToOthers()
  let { start, revision } = plan
  let pageSize = plan.limit
  let total = 0
  for (let first = true; ; first = false) {
    const page = await readPage(backing, ctx, plan, start, revision, pageSize, options)
    if (first) {
      validateMinimumResourceVersion(plan.minimum, page.revision)
      total = page.count
    }
    revision = page.revision
    let lastKey = ''
    for (const kv of page.items) {
      if (plan.limit > 0 && items.length >= plan.limit) return cut(items, plan, revision, lastKey, total, predicate)
      lastKey = kv.key
      const object = storedObject(backing, kv)
      if (predicate.empty() || predicate.matches(object)) items.push(object)
      if (!predicate.empty()) await pause()
    }
    if (!page.more) return { items, resourceVersion: String(revision), continue: '', remainingItemCount: undefined }
    if (plan.limit > 0 && items.length >= plan.limit) return cut(items, plan, revision, lastKey, total, predicate)
    start = `${lastKey}\0`
    pageSize = Math.min(pageSize * 2, MAX_PAGE)
  }
}

function cut<T extends KubeObject>(
  items: StoredObject<T>[],
  plan: ListPlan,
  revision: number,
  lastKey: string,
  total: number,
  predicate: SelectionPredicate,
): StoredList<T> {
  return {
    items,
    resourceVersion: String(revision),
    continue: encodeContinue(`${lastKey}\0`, plan.prefix, revision),
    remainingItemCount: predicate.empty() ? total - items.length : undefined,
  }
}

async function readPage<T extends KubeObject>(
  backing: Backing<T>,
  ctx: Context,
  plan: ListPlan,
  start: string,
  revision: number,
  limit: number,
  options: ListOptions,
): Promise<RangeResult> {
  try {
    return await backing.kv.range(ctx, plan.prefix, { start, revision, limit })
  } catch (err) {
    const next = options.predicate.continueToken === '' ? '' : encodeContinue(start, plan.prefix, -1)
    throw explain(err, plan.prefix, next, options)
  }
}

/** @param next where an inconsistent list may go on, `''` for a list that has just begun. */
function explain(err: unknown, key: string, next: string, { resourceVersion }: ListOptions): unknown {
  if (err instanceof FutureRevisionError)
    return new FutureRevisionError(err.requested, err.current, resourceVersion || undefined)
  if (!(err instanceof CompactedError)) return err
  if (next === '') return new StorageError('Expired', key, TOO_OLD)
  return new StorageError('Expired', key, TOO_OLD_TO_CONTINUE, { continue: next })
}

/** The resourceVersion table of the API conventions, for a store that always has the newest state at hand. */
function planList(prefix: string, options: ListOptions): ListPlan {
  const { predicate, resourceVersion = '' } = options
  if (predicate.continueToken !== '') {
    const point = nextPage(options, prefix)
    return { prefix, start: point.start, revision: Math.max(point.revision, 0), limit: predicate.limit, minimum: '' }
  }
  // "Any version will do" was made for caches, which have no pages: the limit counts for nothing there.
  const limit = resourceVersion === '0' ? 0 : predicate.limit
  return { prefix, start: prefix, revision: exactRevision(options), limit, minimum: resourceVersion }
}

/** The one revision that the list shall show, 0 = the newest. A limit cannot cut one object, and asks nothing of its revision. */
function exactRevision({ predicate, recursive, resourceVersion = '', resourceVersionMatch = '' }: ListOptions): number {
  const asked = exactOrMinimum(resourceVersion)
  return resourceVersionMatch === 'Exact' || (resourceVersionMatch === '' && recursive && predicate.limit > 0)
    ? asked
    : 0
}

/** What lists from the store's history refuse as a bad request, lists from the cache do not: so does the reference. */
function exactOrMinimum(resourceVersion: string): number {
  try {
    return versioner.parseResourceVersion(resourceVersion)
  } catch (err) {
    throw err instanceof FieldErrors ? badRequest(`invalid resource version: ${err.message}`) : err
  }
}

async function listOne<T extends KubeObject>(
  backing: Backing<T>,
  ctx: Context,
  key: string,
  options: ListOptions,
): Promise<StoredList<T>> {
  const path = fullKey(backing, key)
  const exact = exactRevision(options)
  const { kv, revision } = await backing.kv.get(ctx, path, { revision: exact }).catch((err: unknown) => {
    throw explain(err, path, '', options)
  })
  validateMinimumResourceVersion(options.resourceVersion ?? '', revision)
  const object = kv && storedObject(backing, kv)
  const items = object && options.predicate.matches(object) ? [object] : []
  return { items, resourceVersion: String(exact || revision), continue: '', remainingItemCount: undefined }
}
