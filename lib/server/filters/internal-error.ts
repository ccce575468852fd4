import { escapeHTML } from '../../authorization/index.js'
import type { RequestContext } from '../../endpoints/index.js'
import { messageOf } from '../../meta/errors.js'
import { quote } from '../../meta/go/index.js'
import { writeText } from '../text.js'

/** Go's words for what a filter could not do (Kubernetes' `responsewriters.InternalError`); the whole error is for the log. */
export function writeInternalError(ctx: RequestContext, err: unknown): void {
  const why = MISTAKES.some((mistake) => err instanceof mistake) ? UNEXPECTED : messageOf(err)
  const text = `Internal Server Error: ${quote(ctx.request.url ?? '')}: ${why}`
  writeText(ctx, 500, `${escapeHTML(text)}\n`)
}

const UNEXPECTED = 'an unexpected error, which the log of the server tells'

/** A mistake in a program speaks of its code. */
const MISTAKES = [TypeError, ReferenceError, RangeError]
