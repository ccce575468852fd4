import type { IncomingMessage } from 'node:http'
import { badRequest } from '../meta/errors.js'
import { failureStatus, type Status } from '../meta/status.js'

/** Names and values of header fields that Node keeps of a request, unless its server's `maxHeadersCount` says otherwise. */
const DEFAULT_MAX_TEXTS = 2_000
const TOO_MANY = 'the request has more header fields than this server reads'
const TWO_HOSTS = 'the request has more than one Host header field'

/**
 * Why a request's head cannot be relied on. Over HTTP/1.1 Node drops the fields beyond a number without a word: among them
 * may be those that a proxy appends, which say as whom a request is made, or that it may not be made. Of several `Host`
 * fields (RFC 9112 3.2: 400) it keeps the first, where others on the way may have gone by the last.
 */
export function headRefusal({ httpVersionMajor, rawHeaders, socket }: IncomingMessage): Status | undefined {
  if (httpVersionMajor >= 2) return undefined
  if (rawHeaders.length >= maxTexts(socket)) return failureStatus({ code: 431, message: TOO_MANY })
  return hasTwoHosts(rawHeaders) ? badRequest(TWO_HOSTS).status : undefined
}

/** A request knows its server by its connection alone. */
function maxTexts(socket: object): number {
  const max = (socket as { server?: { maxHeadersCount?: number | null } }).server?.maxHeadersCount
  if (typeof max !== 'number') return DEFAULT_MAX_TEXTS
  return max > 0 ? 2 * max : Number.POSITIVE_INFINITY
}

function hasTwoHosts(rawHeaders: readonly string[]): boolean {
  let hosts = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!
    if (name.length === 4 && name.toLowerCase() === 'host' && ++hosts > 1) return true
  }
  return false
}
