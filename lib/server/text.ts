import { type RequestContext, setStandardHeaders } from '../endpoints/index.js'

/** Sends plain text, as Kubernetes does where it does not send a Status. */
export function writeText(ctx: RequestContext, status: number, text: string): void {
  const { response, request } = ctx
  if (response.headersSent || ctx.gone) return
  setStandardHeaders(ctx)
  response.setHeader('Content-Type', 'text/plain; charset=utf-8')
  response.setHeader('X-Content-Type-Options', 'nosniff')
  response.setHeader('Content-Length', Buffer.byteLength(text))
  response.writeHead(status)
  if (request.method === 'HEAD') {
    response.end()
    return
  }
  ctx.sentBytes += Buffer.byteLength(text)
  response.end(text)
}
