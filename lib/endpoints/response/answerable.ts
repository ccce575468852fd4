import { internalError } from '../../meta/errors.js'
import { FieldErrors } from '../../meta/field/index.js'
import { NumError } from '../../meta/go/index.js'
import { StatusError } from '../../meta/status.js'
import { UnreadableValueError } from '../../runtime/parse-stored.js'
import { StorageError } from '../../storage/errors.js'
import { KVError } from '../../storage/kv/types.js'
import { TypedValueError } from '../fieldmanager/typed-error.js'
import type { RequestContext } from '../request/request-context.js'

/** What this server says itself: of a store that fails, of a value in it, of a number in a request. */
const TOLD = [StatusError, StorageError, KVError, UnreadableValueError, TypedValueError, FieldErrors, NumError]

/**
 * What a client may hear of an error. Whatever is no error of this server's own came out of a hook, or of a mistake: it is for
 * the log, since its words may tell of code, passwords, other hosts. (A kube-apiserver, which has no such hooks, tells them.)
 */
export function answerable(ctx: RequestContext, err: unknown): unknown {
  if (TOLD.some((own) => err instanceof own)) return err
  if (!(ctx.gone && isDisconnect(err))) ctx.report(err)
  return internalError('an unexpected error, which the log of the server tells')
}

/** Work that ended because its client left is no mistake. */
function isDisconnect(err: unknown): boolean {
  const { name, code } = (err ?? {}) as { readonly name?: unknown; readonly code?: unknown }
  return name === 'AbortError' || code === 'ECONNRESET'
}
