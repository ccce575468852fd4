import type { RequestInfo, UserInfo } from '../meta/context.js'
import type { GroupResources, PolicyRule } from './policy.js'

/** Whether a rule is about a request; `user` is undefined when nobody knows who it is. */
export type RuleMatch = (info: RequestInfo, user: UserInfo | undefined) => boolean

const ANY: RuleMatch = () => true

/** Looks a rule's lists up once, so that each request pays for the conditions that there are. */
export function compileRule(rule: PolicyRule): RuleMatch {
  const conditions = [
    userMatch(rule.users),
    groupMatch(rule.userGroups),
    verbMatch(rule.verbs),
    resourceMatch(rule) ?? pathMatch(rule.nonResourceURLs),
  ].filter((condition) => condition !== undefined)
  if (conditions.length < 2) return conditions[0] ?? ANY
  return (info, user) => {
    for (const condition of conditions) if (!condition(info, user)) return false
    return true
  }
}

/** Empty lists are no condition. */
const setOf = (list: readonly string[] | undefined): ReadonlySet<string> | undefined =>
  list && list.length > 0 ? new Set(list) : undefined

function userMatch(users: readonly string[] | undefined): RuleMatch | undefined {
  const names = setOf(users)
  return names && ((_, user) => user !== undefined && names.has(user.name))
}

function groupMatch(userGroups: readonly string[] | undefined): RuleMatch | undefined {
  const groups = setOf(userGroups)
  return groups && ((_, user) => user?.groups.some((group) => groups.has(group)) ?? false)
}

function verbMatch(list: readonly string[] | undefined): RuleMatch | undefined {
  const verbs = setOf(list)
  return verbs && (({ verb }) => verbs.has(verb))
}

/** A rule that names namespaces or resources is about resources alone. */
function resourceMatch({ namespaces, resources = [] }: PolicyRule): RuleMatch | undefined {
  const inNamespace = setOf(namespaces)
  if (!inNamespace && resources.length === 0) return undefined
  const groups = resources.map(compileGroup)
  return (info) =>
    info.isResourceRequest &&
    (inNamespace?.has(info.namespace) ?? true) &&
    (groups.length === 0 || groups.some((match) => match(info)))
}

function compileGroup({ group = '', resources = [], resourceNames }: GroupResources): (info: RequestInfo) => boolean {
  const names = setOf(resourceNames)
  if (resources.length === 0) return (info) => info.apiGroup === group
  return (info) =>
    info.apiGroup === group &&
    (names?.has(info.name) ?? true) &&
    resources.some((resource) => namesResource(resource, info))
}

/** `pods/*` is pods and everything below them, `*` + `/scale` that subresource of anything. */
function namesResource(pattern: string, { resource, subresource }: RequestInfo): boolean {
  if (pattern === '*') return true
  if (pattern === (subresource === '' ? resource : `${resource}/${subresource}`)) return true
  if (subresource !== '' && pattern.startsWith('*/') && pattern.slice(2) === subresource) return true
  return pattern.endsWith('/*') && pattern.slice(0, -2) === resource
}

function pathMatch(urls: readonly string[] | undefined): RuleMatch | undefined {
  const exact = setOf(urls)
  if (!exact) return undefined
  if (exact.has('*')) return (info) => !info.isResourceRequest
  const prefixes = [...exact].filter((url) => url.endsWith('*')).map((url) => url.slice(0, -1))
  return ({ isResourceRequest, path }) =>
    !isResourceRequest && (exact.has(path) || prefixes.some((prefix) => path.startsWith(prefix)))
}
