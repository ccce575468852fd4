import { DedupedWarnings, type RequestContext, type WarningRecorder } from '../../endpoints/index.js'
import type { Filter } from '../handler-chain.js'

/**
 * Lets whatever is behind warn the client (`ctx.warn(text)`): `Warning` headers, each text once, which kubectl prints.
 * Without this filter warnings go nowhere. Stands before authentication, which may warn too.
 *
 * @param recorderOf makes the recorder of a request. Default: one that keeps each text once.
 * @example
 * ```ts
 * withWarningRecorder((ctx) => ({ record: (text) => logger.warn({ auditID: ctx.auditID }, text), warnings: undefined }))
 * ```
 */
export function withWarningRecorder(recorderOf: (ctx: RequestContext) => WarningRecorder = newRecorder): Filter {
  return (ctx, next) => {
    ctx.warningRecorder = recorderOf(ctx)
    return next()
  }
}

const newRecorder = (): WarningRecorder => new DedupedWarnings()
