import { type Context, inNamespace } from '../../meta/context.js'
import type { DeleteOptions } from '../../meta/options/index.js'
import { StatusError } from '../../meta/status.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import type { StoredList } from '../../storage/interface.js'
import type { ListQuery, ValidateObject } from '../rest.js'
import { deleteObject } from './delete.js'
import type { StoreParts } from './parts.js'
import { list } from './read.js'

const WORKERS = 8

/**
 * Kubernetes reads what it deletes in pages, and a page at a resourceVersion shows just that version. One page is enough here,
 * but it must be one: without a limit any newer state would do.
 */
const ONE_PAGE = Number.MAX_SAFE_INTEGER

/**
 * Deletes what a list shows, object by object: not atomic, the first failure is thrown after others may be gone.
 * What somebody else deleted first counts as deleted.
 */
export async function deleteCollection(
  parts: StoreParts,
  ctx: Context,
  validate: ValidateObject,
  options: DeleteOptions,
  query: ListQuery,
): Promise<StoredList> {
  const found = await list(parts, ctx, { ...query, limit: query.limit || ONE_PAGE })
  const queue = found.items.values()
  const work = async () => {
    for (const item of queue) await deleteOne(parts, ctx, validate, options, item)
  }
  await Promise.all(Array.from({ length: Math.min(WORKERS, found.items.length) }, work))
  return found
}

async function deleteOne(
  parts: StoreParts,
  ctx: Context,
  validate: ValidateObject,
  options: DeleteOptions,
  item: StoredObject,
): Promise<void> {
  const { name = '', namespace = '' } = item.object.metadata
  try {
    await deleteObject(parts, inNamespace(ctx, namespace), name, validate, options)
  } catch (err) {
    if (!(err instanceof StatusError) || err.reason !== 'NotFound') throw err
  }
}
