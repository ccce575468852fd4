import { type OptionType, requireKnownOptions } from '../meta/known-options.js'
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

/** The compiler demands every option here. */
const OPTIONS: Readonly<Record<keyof AuthenticationOptions, OptionType>> = {
  authenticate: 'function',
  tokens: 'list',
  tokenFile: 'text',
  tokenFileReloadIntervalMs: 'number',
  clientCertificates: 'object',
  trustedOrigins: 'list',
  oidc: 'list',
  serviceAccounts: 'object',
  webhook: 'object',
  tokenAuthenticators: 'list',
  authenticators: 'list',
  requestHeader: 'object',
  anonymous: 'boolean or object',
  audiences: 'list',
  tokenCache: 'boolean or object',
}

/**
 * Whoever writes `authentication` wants to be asked who comes in: when nothing of it is there, in the end, a variable was
 * not set.
 *
 * @throws TypeError for an option that there is not, and where no way is given and `anonymous` lets nobody in, naming what is there without a value
 */
export function requireWay(options: AuthenticationOptions): void {
  requireKnownOptions('authentication', withoutNulls(options), OPTIONS)
  const { anonymous = false } = options
  if (anonymous !== false || WAYS.some((way) => isGiven(options[way]))) return
  const empty = Object.keys(options).filter((name) => WAYS.includes(name as never))
  const found = empty.length > 0 ? ` (${empty.map((name) => `${name} is ${emptiness(options, name)}`).join(', ')})` : ''
  throw new TypeError(
    `authentication names no way to tell who makes a request${found}: give at least one of ${WAYS.join(', ')}, ` +
      'or anonymous: true to let everybody in',
  )
}

/** What is null was not given, as a variable that is not set. */
const withoutNulls = (options: object): object =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null))

const isGiven = (value: unknown): boolean =>
  Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null

const emptiness = (options: AuthenticationOptions, name: string): string => {
  const value = options[name as keyof AuthenticationOptions]
  return Array.isArray(value) ? 'empty' : String(value)
}
