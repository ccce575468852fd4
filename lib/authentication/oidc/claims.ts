import type { UserInfo } from '../../meta/context.js'
import { dnsSubdomainName } from '../../meta/validation/index.js'
import { type Claims, ownClaim, textsOfClaim } from '../jwt.js'
import { CREDENTIAL_ID } from '../user.js'
import { emptyExtra, userInfoOf } from '../user-info.js'
import type { OIDCIssuer, PrefixedClaim } from './options.js'

type Mappings = Pick<
  OIDCIssuer,
  'url' | 'username' | 'groups' | 'uid' | 'extra' | 'requiredClaims' | 'claimValidation' | 'userValidation'
>

/** Domains whose keys only Kubernetes' own authenticators set. */
const RESERVED = /(^|\.)(kubernetes|k8s)\.io\//

/**
 * Makes a user of verified claims.
 *
 * @throws Error that names the claim which is missing, of another type or not as required
 */
export function userOfClaims(claims: Claims, mappings: Mappings): UserInfo {
  checkRequired(claims, mappings.requiredClaims ?? {})
  refuse(mappings.claimValidation?.(claims), 'claims')
  const uid = uidOf(claims, mappings.uid)
  const user = userInfoOf({
    name: nameOf(claims, mappings),
    ...(uid !== undefined && { uid }),
    groups: groupsOf(claims, mappings.groups),
    ...extraOf(claims, mappings.extra ?? {}),
  })
  refuse(mappings.userValidation?.(user), 'user')
  return user
}

/**
 * The rules of `AuthenticationConfiguration` for what claims become.
 *
 * @throws TypeError for a claim without a name, or a key of `extra` that is not this issuer's to set
 */
export function checkMappings({ username, groups, uid, extra = {}, requiredClaims = {} }: Mappings): void {
  for (const [name, mapping] of Object.entries({ username, groups })) checkMapping(name, mapping)
  const named = [username, groups].flatMap((each) => (typeof each === 'object' ? [each.claim] : []))
  const plain = [uid, ...Object.values(extra)].filter((each) => typeof each === 'string')
  if ([...named, ...plain, ...Object.keys(requiredClaims)].includes(''))
    throw new TypeError('oidc: the name of a claim must not be empty')
  for (const key of Object.keys(extra)) checkExtraKey(key)
}

/** A program without types may give a claim's name alone, which would keep nobody apart from the system's own names. */
function checkMapping(name: string, mapping: Partial<PrefixedClaim> | object | undefined): void {
  if (mapping === undefined || typeof mapping === 'function') return
  const { claim, prefix } = (mapping ?? {}) as Partial<PrefixedClaim>
  if (typeof claim !== 'string' || typeof prefix !== 'string')
    throw new TypeError(
      `\`${name}\` must be { claim: 'email', prefix: 'oidc:' } (prefix '' = none) or a function of the claims`,
    )
}

/** `example.com/tenant`, in lower case, for the keys travel in headers too. */
function checkExtraKey(key: string): void {
  const quoted = JSON.stringify(key)
  if (RESERVED.test(key)) throw new TypeError(`extra key ${quoted} is reserved for Kubernetes`)
  if (key !== key.toLowerCase()) throw new TypeError(`extra key ${quoted} must be in lower case`)
  const slash = key.indexOf('/')
  if (slash < 0 || slash === key.length - 1 || dnsSubdomainName(key.slice(0, slash), false).length > 0)
    throw new TypeError(`extra key ${quoted} must be a path behind a domain, as example.com/tenant`)
}

function refuse(reason: string | undefined, what: string): void {
  if (reason !== undefined) throw new Error(`oidc: ${what} not valid: ${reason}`)
}

function checkRequired(claims: Claims, required: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(required)) {
    if (!Object.hasOwn(claims, name)) throw new Error(`oidc: required claim ${name} not present in ID token`)
    if (claims[name] !== value) throw new Error(`oidc: required claim ${name} value does not match`)
  }
}

function nameOf(claims: Claims, { url, username = { claim: 'sub', prefix: `${url}#` } }: Mappings): string {
  if (typeof username === 'function') return username(claims)
  const { claim, prefix } = username
  const value = ownClaim(claims, claim)
  if (typeof value !== 'string' || value === '') throw new Error(`oidc: claim ${claim} must be a text`)
  if (claim === 'email' && Object.hasOwn(claims, 'email_verified') && claims.email_verified !== true)
    throw new Error('oidc: email not verified')
  return prefix + value
}

function groupsOf(claims: Claims, groups: Mappings['groups']): readonly string[] {
  if (groups === undefined) return []
  if (typeof groups === 'function') return groups(claims)
  const { claim, prefix } = groups
  return optionalTexts(claims, claim).map((group) => prefix + group)
}

function uidOf(claims: Claims, uid: Mappings['uid']): string | undefined {
  if (uid === undefined) return undefined
  if (typeof uid === 'function') return uid(claims)
  const value = ownClaim(claims, uid)
  if (typeof value !== 'string') throw new Error(`oidc: claim ${uid} must be a text`)
  return value
}

function extraOf(claims: Claims, mappings: NonNullable<Mappings['extra']>): Pick<UserInfo, 'extra'> {
  const extra = emptyExtra()
  for (const [key, from] of Object.entries(mappings)) {
    const values = typeof from === 'function' ? from(claims) : optionalTexts(claims, from)
    if (values.length > 0) extra[key] = values
  }
  const id = ownClaim(claims, 'jti')
  if (typeof id === 'string' && id !== '') extra[CREDENTIAL_ID] = [`JTI=${id}`]
  return Object.keys(extra).length > 0 ? { extra } : {}
}

/** None when the token does not have the claim. */
function optionalTexts(claims: Claims, name: string): readonly string[] {
  const value = ownClaim(claims, name)
  if (value === undefined || value === null) return []
  const texts = textsOfClaim(value)
  if (texts === undefined) throw new Error(`oidc: claim ${name} must be a text or an array of texts`)
  return texts
}
