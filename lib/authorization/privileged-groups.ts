import type { Authorizer } from './authorizer.js'
import { ALLOW, NO_OPINION } from './decide.js'
import { ALL_RULES, NO_RULES, type RuleResolver } from './rule-resolver.js'

/** Whose members may do everything, however the other rules are broken. */
export const SYSTEM_MASTERS = 'system:masters'

/**
 * Allows everything to the members of some groups (Kubernetes' `NewPrivilegedGroups`).
 *
 * @example
 * ```ts
 * privilegedGroups('system:masters')
 * ```
 */
export function privilegedGroups(...groups: readonly string[]): Authorizer & RuleResolver {
  const privileged: ReadonlySet<string> = new Set(groups)
  const isMember = (memberships: readonly string[]) => {
    for (const group of memberships) if (privileged.has(group)) return true
    return false
  }
  return {
    authorize: ({ user }) => (isMember(user.groups) ? ALLOW : NO_OPINION),
    rulesFor: (user) => (isMember(user.groups) ? ALL_RULES : NO_RULES),
  }
}
