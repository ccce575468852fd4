import { createHash, createPrivateKey, createPublicKey, KeyObject } from 'node:crypto'
import type { SigningAlgorithm } from './jwt.js'

/** A key as a `KeyObject` or in PEM. */
export type KeyInput = string | Buffer | KeyObject

/** A public key, and the one algorithm that it is used with. */
export interface VerifyKey {
  /** The key's fingerprint, as Kubernetes names its own keys: SHA-256 of the public key in DER, in base64url. */
  readonly kid: string
  readonly algorithm: SigningAlgorithm
  readonly key: KeyObject
}

/** A private key with its public half. */
export interface SigningKey extends VerifyKey {
  readonly privateKey: KeyObject
}

/** @throws TypeError when it is no private key of a type that signs JWTs */
export function signingKey(input: KeyInput): SigningKey {
  const privateKey = input instanceof KeyObject ? input : createPrivateKey(input)
  if (privateKey.type !== 'private') throw new TypeError('tokens are signed with a private key')
  return { ...verifyKey(privateKey), privateKey }
}

/** The public key of a public or private one. @throws TypeError when its type does not sign JWTs */
export function verifyKey(input: KeyInput): VerifyKey {
  if (input instanceof KeyObject && input.type === 'secret') throw new TypeError('tokens are not verified with secrets')
  const key = input instanceof KeyObject && input.type === 'public' ? input : createPublicKey(input)
  const der = key.export({ type: 'spki', format: 'der' })
  return { kid: createHash('sha256').update(der).digest('base64url'), algorithm: algorithmOf(key), key }
}

const CURVES: ReadonlyMap<string, SigningAlgorithm> = new Map([
  ['prime256v1', 'ES256'],
  ['secp384r1', 'ES384'],
  ['secp521r1', 'ES512'],
])

/** Said by the key and never by a token: a public key can then not be taken for the secret of an HMAC. */
function algorithmOf(key: KeyObject): SigningAlgorithm {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  if (type === 'rsa') return 'RS256'
  if (type === 'ed25519') return 'EdDSA'
  const algorithm = type === 'ec' ? CURVES.get(details?.namedCurve ?? '') : undefined
  if (algorithm === undefined) throw new TypeError(`keys of type ${type} do not sign tokens`)
  return algorithm
}
