import type { Context } from '../../../meta/context.js'
import { CompactedError, FutureRevisionError, type KVEvent, ReplacedError } from '../types.js'
import type { Reader } from './read.js'

/**
 * Finds out whether a store that a watch comes back to is the one it left: one put back from a snapshot has another history
 * from some revision on, and may have passed the watch's by now. What the watch saw last must still have happened.
 *
 * @param reached how far the watch has come; nothing happened to the key since `last`
 * @throws ReplacedError when it has not, or nobody can tell any more.
 * @internal
 */
export async function checkContinuity(
  reader: Reader,
  last: KVEvent,
  context: Context,
  reached: number = last.revision,
): Promise<void> {
  try {
    // What stands at a later revision tells the same, and is kept longer.
    const { kv } = await reader.get(context, last.key, reached)
    if (last.type === 'put') {
      if (kv?.modRevision === last.revision && kv.value.equals(last.kv!.value)) return
    } else if (!kv && (await stoodBefore(reader, last, context))) return
  } catch (error) {
    if (!(error instanceof CompactedError) && !(error instanceof FutureRevisionError)) throw error
  }
  throw new ReplacedError(`etcd: the store is not the one it was: revision ${last.revision} is another, or forgotten`)
}

/** Whether there was something to delete. What is forgotten counts as having been there. */
async function stoodBefore(reader: Reader, { key, revision }: KVEvent, context: Context): Promise<boolean> {
  try {
    return (await reader.get(context, key, revision - 1)).kv !== undefined
  } catch (error) {
    if (error instanceof CompactedError) return true
    throw error
  }
}
