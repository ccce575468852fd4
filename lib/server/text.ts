import { type RequestContext, standardHeaders } from '../endpoints/index.js'

/** Sends plain text, as Kubernetes does where it does not send a Status. */
export function writeText(ctx: RequestContext, status: number, text: string): void {
  const { response, request } = ctx
  if (response.headersSent || ctx.gone) return
  const headers = standardHeaders(ctx)
  headers['Content-Type'] = 'text/plain; charset=utf-8'
  headers['X-Content-Type-Options'] = 'nosniff'
  headers['Content-Length'] = Buffer.byteLength(text)
  response.writeHead(status, headers)
  if (request.method === 'HEAD') {
    response.end()
    return
  }
  ctx.sentBytes += Buffer.byteLength(text)
  response.end(text)
}
