import type { RequestContext } from '../../endpoints/index.js'
import { writeText } from '../text.js'

/** Turns a request away (429, RFC 6585) as Kubernetes does: in plain text, with the seconds after which to come again. */
export function tooManyRequests(ctx: RequestContext, retryAfterSeconds: number): void {
  if (!ctx.response.headersSent) ctx.response.setHeader('Retry-After', String(retryAfterSeconds))
  writeText(ctx, 429, 'Too many requests, please try again later.\n')
}
