import type { Filter } from '../handler-chain.js'
import type { Logger } from '../logger.js'
import { finalStatus, whenSettled } from '../settle.js'

const MAX_SHOWN = 1024

/** One structured line a request, once it is answered, with the fields that a kube-apiserver logs. */
export function withHTTPLogging(logger: Logger): Filter {
  return (ctx, next) =>
    whenSettled(next, (failed) => {
      const { request, response, requestInfo } = ctx
      logger.info(
        {
          verb: requestInfo?.verb ?? request.method,
          URI: request.url?.slice(0, MAX_SHOWN),
          latencyMs: Date.now() - ctx.startedAt,
          userAgent: request.headers['user-agent']?.slice(0, MAX_SHOWN),
          auditID: ctx.auditID,
          srcIP: request.socket.remoteAddress,
          user: ctx.user.name,
          resp: finalStatus(response, failed),
          ...(ctx.gone && !ctx.answered && { aborted: true }),
        },
        'HTTP',
      )
    })
}
