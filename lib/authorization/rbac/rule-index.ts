import { getOrAdd } from '../../meta/get-or-add.js'
import type { Attributes, AuthorizerResult } from '../authorizer.js'
import type { PolicyRule } from './types.js'

const ALL = '*'

/** Who is allowed to do something to a resource: to all of its objects, or to named ones. */
interface Grant {
  any: AuthorizerResult | undefined
  readonly names: Map<string, AuthorizerResult>
}

/** What one verb of one subject reaches. */
interface VerbGrants {
  /** API group → resource → grant. */
  readonly groups: Map<string, Map<string, Grant>>
  readonly paths: Map<string, AuthorizerResult>
  readonly pathPrefixes: { readonly prefix: string; readonly result: AuthorizerResult }[]
}

/**
 * The rules of one subject, taken apart so that a question is answered by a few look-ups however many rules there are. The
 * answers are made beforehand.
 */
export class RuleIndex {
  readonly #verbs = new Map<string, VerbGrants>()

  /** @param result what to answer where this rule allows, and no rule before it did */
  add(rule: PolicyRule, result: AuthorizerResult): void {
    for (const verb of rule.verbs) {
      const grants = getOrAdd(this.#verbs, verb, newVerbGrants)
      for (const group of rule.apiGroups ?? []) {
        const resources = getOrAdd(grants.groups, group, newMap<Grant>)
        for (const resource of rule.resources ?? []) addNames(getOrAdd(resources, resource, newGrant), rule, result)
      }
      for (const url of rule.nonResourceURLs ?? []) addPath(grants, url, result)
    }
  }

  /** The answer of the rule that allows this, if there is one. */
  find(attributes: Attributes): AuthorizerResult | undefined {
    return (
      this.#findVerb(this.#verbs.get(attributes.verb), attributes) ?? this.#findVerb(this.#verbs.get(ALL), attributes)
    )
  }

  #findVerb(grants: VerbGrants | undefined, attributes: Attributes): AuthorizerResult | undefined {
    if (grants === undefined) return undefined
    if (!attributes.isResourceRequest) return findPath(grants, attributes.path)
    return (
      findResource(grants.groups.get(attributes.apiGroup), attributes) ??
      findResource(grants.groups.get(ALL), attributes)
    )
  }
}

function findResource(
  resources: ReadonlyMap<string, Grant> | undefined,
  { resource, subresource, name }: Attributes,
): AuthorizerResult | undefined {
  if (resources === undefined) return undefined
  const whole = subresource === '' ? resource : `${resource}/${subresource}`
  return (
    granted(resources.get(whole), name) ??
    granted(resources.get(ALL), name) ??
    (subresource === '' ? undefined : granted(resources.get(`*/${subresource}`), name))
  )
}

function granted(grant: Grant | undefined, name: string): AuthorizerResult | undefined {
  return grant && (grant.any ?? grant.names.get(name))
}

function findPath({ paths, pathPrefixes }: VerbGrants, path: string): AuthorizerResult | undefined {
  const exact = paths.get(path)
  if (exact) return exact
  for (const { prefix, result } of pathPrefixes) if (path.startsWith(prefix)) return result
  return undefined
}

function addNames(grant: Grant, { resourceNames = [] }: PolicyRule, result: AuthorizerResult): void {
  if (resourceNames.length === 0) grant.any ??= result
  for (const name of resourceNames) if (!grant.names.has(name)) grant.names.set(name, result)
}

function addPath({ paths, pathPrefixes }: VerbGrants, url: string, result: AuthorizerResult): void {
  if (url.endsWith(ALL)) pathPrefixes.push({ prefix: withoutStars(url), result })
  if (!paths.has(url)) paths.set(url, result)
}

/** Kubernetes takes all stars from the end. */
function withoutStars(url: string): string {
  let end = url.length
  while (end > 0 && url[end - 1] === ALL) end--
  return url.slice(0, end)
}

const newMap = <V>(): Map<string, V> => new Map()
const newGrant = (): Grant => ({ any: undefined, names: new Map() })
const newVerbGrants = (): VerbGrants => ({ groups: new Map(), paths: new Map(), pathPrefixes: [] })
