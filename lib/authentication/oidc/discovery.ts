import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose'
import { jose } from '../jose.js'
import { type JSONClient, remoteURL } from '../json-client.js'
import type { OIDCIssuer } from './options.js'

const MAX_DOCUMENT_BYTES = 256 * 1024
/** More keys than any issuer rotates; a token without `kid` is tried with each. */
const MAX_KEYS = 32
const WELL_KNOWN = '/.well-known/openid-configuration'

type Where = Pick<OIDCIssuer, 'url' | 'discoveryURL' | 'timeoutMs' | 'insecureHTTP'>

/**
 * Asks an issuer for its configuration, and by that for its keys (OpenID Connect Discovery 1.0).
 *
 * @throws Error when it does not answer in time, is not the issuer it was taken for, or has too many keys
 */
export async function discoverKeys(client: JSONClient, issuer: Where): Promise<JWTVerifyGetKey> {
  const ask = (url: URL) => client.ask({ url, timeoutMs: issuer.timeoutMs ?? 5_000, maxBytes: MAX_DOCUMENT_BYTES })
  const configuration = await ask(discoveryURL(issuer))
  const { issuer: name, jwks_uri: keysURL } = (configuration ?? {}) as { issuer?: unknown; jwks_uri?: unknown }
  if (name !== issuer.url) throw new Error(`oidc: the configuration of ${issuer.url} is of another issuer`)
  if (typeof keysURL !== 'string') throw new Error(`oidc: the configuration of ${issuer.url} has no jwks_uri`)
  const keys = keySetOf(await ask(remoteURL(keysURL, issuer)), issuer.url)
  return (await jose()).createLocalJWKSet(keys)
}

/** @throws TypeError when the issuer's URLs cannot be used */
export function discoveryURL(issuer: Where): URL {
  const { url, discoveryURL: elsewhere } = issuer
  if (remoteURL(url, issuer).search !== '') throw new TypeError(`oidc: issuer ${url} must have no query`)
  if (elsewhere === url) throw new TypeError(`oidc: the discovery URL of issuer ${url} must be another one`)
  return remoteURL(elsewhere ?? url.replace(/\/$/, '') + WELL_KNOWN, issuer)
}

function keySetOf(document: unknown, issuer: string): JSONWebKeySet {
  const { keys } = (document ?? {}) as { keys?: unknown }
  if (!Array.isArray(keys) || keys.length > MAX_KEYS)
    throw new Error(`oidc: the keys of ${issuer} are no list of at most ${MAX_KEYS}`)
  return { keys } as JSONWebKeySet
}
