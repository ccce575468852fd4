import type { RequestInfo, UserInfo } from '../meta/context.js'
import type {
  FlowSchema,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
  Subject,
} from './flow-schema.js'

/** What a request is classified by. */
export interface RequestDigest {
  readonly user: UserInfo
  readonly requestInfo: RequestInfo
}

export type DigestMatcher = (digest: RequestDigest) => boolean

const ALL = '*'
const ACCOUNT_PREFIX = 'system:serviceaccount:'

/** Compiles what a schema's rules say: it is asked of every request. */
export function flowSchemaMatcher({ spec }: FlowSchema): DigestMatcher {
  return anyOf((spec.rules ?? []).map(policyRuleMatcher))
}

/** Compiles whom a schema's rules are about: who is in none of them need not be asked about again. */
export function flowSchemaSubjects({ spec }: FlowSchema): (user: UserInfo) => boolean {
  return anyOf((spec.rules ?? []).map(({ subjects }) => subjectMatcher(subjects)))
}

function policyRuleMatcher(rule: PolicyRulesWithSubjects): DigestMatcher {
  const subject = subjectMatcher(rule.subjects)
  const resource = anyOf((rule.resourceRules ?? []).map(resourceRuleMatcher))
  const nonResource = anyOf((rule.nonResourceRules ?? []).map(nonResourceRuleMatcher))
  return ({ user, requestInfo }) =>
    subject(user) && (requestInfo.isResourceRequest ? resource(requestInfo) : nonResource(requestInfo))
}

/** Names are looked up, not compared one by one: rules may list many, and users may be in many groups. */
function subjectMatcher(subjects: readonly Subject[]): (user: UserInfo) => boolean {
  const users = new Set<string>()
  const groups = new Set<string>()
  const accountsOf: string[] = []
  for (const subject of subjects) {
    if (subject.kind === 'User') users.add(subject.user.name)
    else if (subject.kind === 'Group') groups.add(subject.group.name)
    else {
      const { namespace, name } = subject.serviceAccount
      if (name === ALL) accountsOf.push(`${ACCOUNT_PREFIX}${namespace}:`)
      else users.add(`${ACCOUNT_PREFIX}${namespace}:${name}`)
    }
  }
  if (users.has(ALL) || groups.has(ALL)) return () => true
  return ({ name, groups: memberOf }) => {
    if (users.has(name)) return true
    for (const group of memberOf) if (groups.has(group)) return true
    for (const prefix of accountsOf) if (name.startsWith(prefix)) return true
    return false
  }
}

function resourceRuleMatcher(rule: ResourcePolicyRule): (info: RequestInfo) => boolean {
  const verb = oneOf(rule.verbs)
  const apiGroup = oneOf(rule.apiGroups)
  const resource = oneOf(rule.resources)
  const namespace = oneOf(rule.namespaces ?? [])
  const clusterScope = rule.clusterScope ?? false
  return (info) =>
    verb(info.verb) &&
    resource(info.subresource === '' ? info.resource : `${info.resource}/${info.subresource}`) &&
    apiGroup(info.apiGroup) &&
    (info.namespace === '' ? clusterScope : namespace(info.namespace))
}

function nonResourceRuleMatcher(rule: NonResourcePolicyRule): (info: RequestInfo) => boolean {
  const verb = oneOf(rule.verbs)
  const path = anyOf(rule.nonResourceURLs.map(pathMatcher))
  return (info) => verb(info.verb) && path(info.path)
}

/** A path covers itself and what is below it, with a `*` at its end or without. */
function pathMatcher(pattern: string): (path: string) => boolean {
  if (pattern === ALL) return () => true
  const base = pattern.endsWith(ALL) ? pattern.slice(0, -1) : pattern
  const below = base.endsWith('/') ? base : `${base}/`
  return (path) => path === pattern || path.startsWith(below)
}

/** `*` means all only where it stands alone, as Kubernetes has it. */
function oneOf(values: readonly string[]): (value: string) => boolean {
  if (values.length === 1) return values[0] === ALL ? () => true : (value) => value === values[0]
  const known = new Set(values)
  return (value) => known.has(value)
}

function anyOf<T>(matchers: readonly ((value: T) => boolean)[]): (value: T) => boolean {
  const [first, second] = matchers
  if (!first) return () => false
  if (!second) return first
  return (value) => matchers.some((matches) => matches(value))
}
