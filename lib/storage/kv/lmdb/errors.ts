import { type Context, isAborted } from '../../../meta/context.js'
import { KVError, NoSpaceError, UnavailableError } from '../types.js'

const ENOSPC = 28
const EDQUOT = 122
const MDB_MAP_FULL = -30792

interface DriverError {
  readonly code?: unknown
  readonly message?: unknown
  /** The driver's real reason, told later. */
  readonly commitError?: Promise<unknown>
}

/** Waits for the reason that the driver gives for a failed commit. Unheard, it would end the process. */
export async function driverReason(error: unknown): Promise<unknown> {
  const { commitError } = Object(error) as DriverError
  if (commitError === undefined) return error
  try {
    await commitError
    return error
  } catch (reason) {
    return reason
  }
}

/** Puts a driver's error into the terms of the contract. */
export function toKVError(error: unknown, what: string): KVError {
  if (error instanceof KVError) return error
  const { code, message } = Object(error) as DriverError
  const text = `${what}: ${typeof message === 'string' ? message : String(error)}`
  const full = code === ENOSPC || code === EDQUOT || code === MDB_MAP_FULL || /no space|MAP_FULL|quota/i.test(text)
  return full ? new NoSpaceError(text, { cause: error }) : new KVError(text, { cause: error })
}

/** Refuses work that nobody waits for any more, before it has begun. */
export function checkContext(ctx: Context): void {
  if (isAborted(ctx)) throw new UnavailableError('the caller has gone', { cause: ctx.signal.reason })
  if (ctx.deadline !== undefined && Date.now() >= ctx.deadline) throw new UnavailableError('the deadline has passed')
}
