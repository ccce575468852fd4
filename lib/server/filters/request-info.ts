import { newRequestInfo, RequestInfoError } from '../../endpoints/index.js'
import type { Filter } from '../handler-chain.js'
import { writeText } from '../text.js'

/** Reads once what the request is about. */
export const withRequestInfo: Filter = (ctx, next) => {
  try {
    ctx.requestInfo = newRequestInfo(ctx.head.method, ctx.path, () => ctx.query)
  } catch (err) {
    if (!(err instanceof RequestInfoError)) throw err
    return writeText(
      ctx,
      500,
      `Internal Server Error: ${JSON.stringify(ctx.head.url)}: failed to create RequestInfo: ${err.message}\n`,
    )
  }
  return next()
}
