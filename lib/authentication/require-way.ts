import type { AuthenticationOptions } from './options.js'

const WAYS = [
  'authenticate',
  'authenticators',
  'clientCertificates',
  'oidc',
  'requestHeader',
  'serviceAccounts',
  'tokenAuthenticators',
  'tokenFile',
  'tokens',
  'webhook',
] as const satisfies readonly (keyof AuthenticationOptions)[]

/**
 * Whoever writes `authentication` wants to be asked who comes in: when nothing of it is there, in the end, a variable was
 * not set.
 *
 * @throws TypeError where no way is given and `anonymous` lets nobody in, naming what is there without a value
 */
export function requireWay(options: AuthenticationOptions): void {
  const { anonymous = false } = options
  if (anonymous !== false || WAYS.some((way) => isGiven(options[way]))) return
  const empty = Object.keys(options).filter((name) => WAYS.includes(name as never))
  const found = empty.length > 0 ? ` (${empty.map((name) => `${name} is ${emptiness(options, name)}`).join(', ')})` : ''
  throw new TypeError(
    `authentication names no way to tell who makes a request${found}: give at least one of ${WAYS.join(', ')}, ` +
      'or anonymous: true to let everybody in',
  )
}

const isGiven = (value: unknown): boolean =>
  Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null

const emptiness = (options: AuthenticationOptions, name: string): string => {
  const value = options[name as keyof AuthenticationOptions]
  return Array.isArray(value) ? 'empty' : String(value)
}
