import { createHash } from 'node:crypto'

/** What a configuration object is known by; other metadata may be there and is not read. */
export interface KubeObject {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: { readonly name: string; readonly uid?: string }
}

/**
 * The object's own uid, else one made from its kind and name (RFC 9562, version 5): every replica of a server tells
 * clients the same, and a restart changes nothing.
 */
export function uidOf(kind: string, { metadata }: KubeObject): string {
  if (metadata.uid) return metadata.uid
  const digest = createHash('sha1').update(`flowcontrol.apiserver.k8s.io/${kind}/${metadata.name}`).digest()
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x50
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80
  const hex = digest.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}
