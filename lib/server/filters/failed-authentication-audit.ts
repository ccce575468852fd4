import type { TLSSocket } from 'node:tls'
import type { Audit } from '../../audit/index.js'
import type { RequestContext } from '../../endpoints/index.js'
import { answerUnauthorized, type FailedAuthentication } from './authentication.js'
import { auditFailedRequest } from './failed-request-audit.js'

/**
 * Tells the audit log of requests that are refused because nobody knows who makes them: one event, when the answer begins,
 * with an empty user.
 *
 * @param failed answers such requests
 * @example
 * ```ts
 * withAuthentication({ authenticator, failed: withFailedAuthenticationAudit(audit) })
 * ```
 */
export function withFailedAuthenticationAudit(
  audit: Audit,
  failed: FailedAuthentication = answerUnauthorized,
): FailedAuthentication {
  return (ctx, err) => {
    auditFailedRequest(ctx, audit, attemptedMethods)
    return failed(ctx, err)
  }
}

function attemptedMethods({ request, query }: RequestContext): string {
  const [scheme = '', credentials] = (request.headers.authorization ?? '').trim().split(' ')
  const hasCertificate = Object.keys((request.socket as TLSSocket).getPeerCertificate?.() ?? {}).length > 0
  const methods = [
    credentials !== undefined && scheme.toLowerCase() === 'basic' && 'basic',
    credentials !== undefined && scheme.toLowerCase() === 'bearer' && 'bearer',
    (query.get('access_token') ?? '').trim() !== '' && 'access_token',
    hasCertificate && 'x509',
  ].filter((method) => method !== false)
  return methods.length > 0
    ? `Authentication failed, attempted: ${methods.join(', ')}`
    : 'Authentication failed, no credentials provided'
}
