import type { UserInfo } from '../meta/context.js'
import { isDns1123Label, isDns1123Subdomain } from '../meta/validation/index.js'
import { type Claims, ownClaim } from './jwt.js'
import { CREDENTIAL_ID } from './user.js'

const SERVICE_ACCOUNTS_GROUP = 'system:serviceaccounts'

/** A program's own account. */
export interface ServiceAccount {
  readonly namespace: string
  readonly name: string
  /** Tells an account from a former one of the same name. */
  readonly uid?: string
}

/** `system:serviceaccount:<namespace>:<name>`. */
export const serviceAccountUsername = ({ namespace, name }: ServiceAccount): string =>
  `system:serviceaccount:${namespace}:${name}`

/** @throws TypeError for names that no object could have */
export function checkServiceAccount({ namespace, name }: ServiceAccount): void {
  const wrong = [...isDns1123Label(namespace), ...isDns1123Subdomain(name)]
  if (wrong.length > 0) throw new TypeError(`no service account can be ${namespace}/${name}: ${wrong.join(', ')}`)
}

/** The account's user and groups, as Kubernetes makes them; `id` is the token's `jti`. */
export function serviceAccountUser(account: ServiceAccount, id?: string): UserInfo {
  const { namespace, uid } = account
  return {
    name: serviceAccountUsername(account),
    ...(uid !== undefined && { uid }),
    groups: [SERVICE_ACCOUNTS_GROUP, `${SERVICE_ACCOUNTS_GROUP}:${namespace}`],
    ...(id !== undefined && { extra: { [CREDENTIAL_ID]: [`JTI=${id}`] } }),
  }
}

/** The private claims of an account's tokens, as Kubernetes writes them. */
export function serviceAccountClaims({ namespace, name, uid }: ServiceAccount): Record<string, unknown> {
  return { 'kubernetes.io': { namespace, serviceaccount: { name, ...(uid !== undefined && { uid }) } } }
}

/** @throws Error when verified claims tell of no account, or of another than their subject */
export function serviceAccountOf(claims: Claims): ServiceAccount {
  const { namespace, serviceaccount } = objectOf(ownClaim(claims, 'kubernetes.io'))
  const { name, uid } = objectOf(serviceaccount)
  if (typeof namespace !== 'string' || typeof name !== 'string')
    throw new Error('service account token names no account')
  const account = { namespace, name, ...(typeof uid === 'string' && { uid }) }
  checkServiceAccount(account)
  if (ownClaim(claims, 'sub') !== serviceAccountUsername(account))
    throw new Error('service account token is of another subject than its account')
  return account
}

const objectOf = (value: unknown): Claims => (typeof value === 'object' && value !== null ? (value as Claims) : {})
