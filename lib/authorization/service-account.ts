import { isDns1123Label, isDns1123Subdomain } from '../meta/validation/index.js'

const USERNAME_PREFIX = 'system:serviceaccount:'
const ALL_SERVICE_ACCOUNTS = 'system:serviceaccounts'

/** The user name of a service account. */
export function serviceAccountUsername(namespace: string, name: string): string {
  return `${USERNAME_PREFIX}${namespace}:${name}`
}

/** The service account that a user name means, or undefined when it means none. */
export function splitServiceAccountUsername(username: string): { namespace: string; name: string } | undefined {
  if (!username.startsWith(USERNAME_PREFIX)) return undefined
  const [namespace = '', name = '', more] = username.slice(USERNAME_PREFIX.length).split(':')
  if (more !== undefined || isDns1123Label(namespace).length > 0 || isDns1123Subdomain(name).length > 0)
    return undefined
  return { namespace, name }
}

/** The groups that every service account of a namespace is in. */
export function serviceAccountGroups(namespace: string): string[] {
  return [ALL_SERVICE_ACCOUNTS, `${ALL_SERVICE_ACCOUNTS}:${namespace}`]
}
