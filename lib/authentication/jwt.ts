/** What a JWT says (RFC 7519); not to be believed before its signature is verified. */
export type Claims = Readonly<Record<string, unknown>>

/** Asymmetric algorithms (RFC 7518, RFC 8037): no `none`, and no HMAC, whose secret would be a public key. */
export const SIGNING_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const

/** One of {@link SIGNING_ALGORITHMS}. */
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number]

const SEGMENT = /^[A-Za-z0-9_-]+$/

/**
 * Who a token claims to be issued by, to choose who shall verify it; undefined when it is no JWT. Nothing is verified.
 */
export function unverifiedIssuer(token: string): string | undefined {
  const start = token.indexOf('.')
  const end = token.indexOf('.', start + 1)
  if (start <= 0 || end < 0 || token.includes('.', end + 1)) return undefined
  const payload = token.slice(start + 1, end)
  if (!SEGMENT.test(payload)) return undefined
  try {
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as unknown
    const issuer = typeof claims === 'object' && claims !== null ? ownClaim(claims as Claims, 'iss') : undefined
    return typeof issuer === 'string' ? issuer : undefined
  } catch {
    return undefined
  }
}

/** A claim that the token itself has: `constructor` and the like are none. */
export function ownClaim(claims: Claims, name: string): unknown {
  return Object.hasOwn(claims, name) ? claims[name] : undefined
}

/** A claim that is one text or several, as `aud` and groups are; undefined when it is neither. */
export function textsOfClaim(value: unknown): string[] | undefined {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return [...value]
  return undefined
}
