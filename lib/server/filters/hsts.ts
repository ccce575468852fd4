import type { TLSSocket } from 'node:tls'
import type { Filter } from '../handler-chain.js'

/** RFC 6797. */
export interface HSTSOptions {
  /** Seconds for which browsers come back over TLS only. */
  readonly maxAge: number
  /** Default false. */
  readonly includeSubDomains?: boolean
  /** Consent to the lists that browsers ship. Default false. */
  readonly preload?: boolean
}

/**
 * Tells browsers to come back over TLS only. Says nothing over plain http, where it means nothing (RFC 6797 7.2).
 *
 * @throws RangeError for a maxAge that is no whole number of seconds
 */
export function withHSTS({ maxAge, includeSubDomains = false, preload = false }: HSTSOptions): Filter {
  if (!Number.isSafeInteger(maxAge) || maxAge < 0) throw new RangeError(`maxAge ${maxAge} is no number of seconds`)
  const value = [
    `max-age=${maxAge}`,
    ...(includeSubDomains ? ['includeSubDomains'] : []),
    ...(preload ? ['preload'] : []),
  ]
  const header = value.join('; ')
  return (ctx, next) => {
    if ((ctx.request.socket as Partial<TLSSocket>).encrypted) ctx.headers['Strict-Transport-Security'] = header
    return next()
  }
}
