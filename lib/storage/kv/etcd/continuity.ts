import type { Context } from '../../../meta/context.js'
import { CompactedError, FutureRevisionError, type KVEvent, ReplacedError } from '../types.js'
import type { Reader } from './read.js'

/**
 * Finds out whether a store that a watch comes back to is the one it left: one put back from a snapshot has another history
 * from some revision on, and may have passed the watch's by now. What the watch saw last must still have happened.
 *
 * @throws ReplacedError when it has not, or nobody can tell any more.
 * @internal
 */
export async function checkContinuity(reader: Reader, last: KVEvent, context: Context): Promise<void> {
  try {
    const { kv } = await reader.get(context, last.key, last.revision)
    if (last.type === 'put') {
      if (kv?.modRevision === last.revision && kv.value.equals(last.kv!.value)) return
    } else if (!kv) {
      const before = await reader.get(context, last.key, last.revision - 1)
      if (before.kv) return
    }
  } catch (error) {
    if (!(error instanceof CompactedError) && !(error instanceof FutureRevisionError)) throw error
  }
  throw new ReplacedError(`etcd: the store is not the one it was: revision ${last.revision} is another, or forgotten`)
}
