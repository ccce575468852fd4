import { type LabelOperator, LabelRequirement, LabelSelector } from '../../meta/labels/index.js'
import type { ClusterRole, PolicyRule, RoleSelector } from './types.js'

/**
 * The rules of all cluster roles by name. Those of a role with an aggregation rule are the rules of the roles that it selects,
 * and of those that they select in turn; its own are ignored, as Kubernetes' controller overwrites them.
 *
 * @throws FieldErrors for a selector that is none
 */
export function clusterRoleRules(roles: ReadonlyMap<string, ClusterRole>): ReadonlyMap<string, readonly PolicyRule[]> {
  const sorted = [...roles.values()].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
  const selected = new Map(sorted.map((role) => [role, selectedBy(role, sorted)] as const))
  return new Map([...roles].map(([name, role]) => [name, rulesOf(role, selected)] as const))
}

/** The roles that a role is made of, undefined for one that has its own rules. */
function selectedBy(role: ClusterRole, roles: readonly ClusterRole[]): readonly ClusterRole[] | undefined {
  if (!role.aggregationRule) return undefined
  const selectors = (role.aggregationRule.clusterRoleSelectors ?? []).map(labelSelector)
  return roles.filter(
    (other) => other !== role && selectors.some((selector) => selector.matches(other.metadata.labels)),
  )
}

/** Goes through whatever can be reached; roles may select each other in circles. */
function rulesOf(
  role: ClusterRole,
  selected: ReadonlyMap<ClusterRole, readonly ClusterRole[] | undefined>,
): readonly PolicyRule[] {
  const rules = new Map<string, PolicyRule>()
  const seen = new Set([role])
  // A set's iteration also meets what is added meanwhile.
  for (const reached of seen) {
    const parts = selected.get(reached)
    for (const part of parts ?? []) seen.add(part)
    for (const rule of parts === undefined ? (reached.rules ?? []) : []) rules.set(JSON.stringify(rule), rule)
  }
  return [...rules.values()]
}

const OPERATORS: Readonly<Record<string, LabelOperator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
}

function labelSelector({ matchLabels, matchExpressions }: RoleSelector): LabelSelector {
  const equal = Object.entries(matchLabels ?? {}).map(([key, value]) => LabelRequirement.of(key, '=', [value]))
  const others = (matchExpressions ?? []).map(({ key, operator, values }) =>
    LabelRequirement.of(key, OPERATORS[operator]!, values ?? []),
  )
  return new LabelSelector([...equal, ...others])
}
