import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from '../../meta/context.js'
import { StorageError } from '../errors.js'
import {
  type GetResult,
  type KeyValue,
  KVError,
  NoSpaceError,
  type RevisionedKV,
  UnknownOutcomeError,
} from '../kv/types.js'

const PATIENCE_MS = 5_000
const PAUSE_MS = 200

/**
 * After a write whose answer was lost, or says of a store without room what need not be so: looks whether it stands. What is found to be ours was written; anything else
 * proves nothing (the write may still be on its way), so the caller learns that the outcome is unknown, never "refused".
 *
 * @returns the pair that stands there (undefined: none) once `isOurs` says so.
 * @throws StorageError (Timeout) when nobody can tell.
 */
export async function settleUnknownOutcome(
  kv: RevisionedKV,
  ctx: Context,
  key: string,
  err: unknown,
  isOurs: (found: KeyValue | undefined) => boolean,
): Promise<GetResult> {
  const isRefused = err instanceof NoSpaceError && err.mayBeWritten
  if (!isRefused && !(err instanceof UnknownOutcomeError)) throw err
  const until = Math.min(ctx.deadline ?? Number.POSITIVE_INFINITY, Date.now() + PATIENCE_MS)
  let looked = false
  while (Date.now() < until && !ctx.signal.aborted) {
    try {
      const found = await kv.get(ctx, key)
      if (isOurs(found.kv)) return found
      looked = true
      break
    } catch (readError) {
      if (!(readError instanceof KVError)) throw readError
      await sleep(PAUSE_MS)
    }
  }
  // The refusal was an answer: what does not stand by then was not written.
  if (isRefused && looked) throw err
  throw new StorageError(
    'Timeout',
    key,
    'the store did not confirm the write; it may or may not have been made',
    {},
    { cause: err },
  )
}
