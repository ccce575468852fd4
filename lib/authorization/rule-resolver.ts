import type { UserInfo } from '../meta/context.js'

/** What somebody may do to resources, as SelfSubjectRulesReview tells it. */
export interface ResourceRule {
  readonly verbs: readonly string[]
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
  /** None = all. */
  readonly resourceNames?: readonly string[]
}

/** What somebody may do to paths that are no resources. */
export interface NonResourceRule {
  readonly verbs: readonly string[]
  readonly nonResourceURLs?: readonly string[]
}

/** All that somebody may do in a namespace, as far as it is known. */
export interface SubjectRules {
  readonly resourceRules: readonly ResourceRule[]
  readonly nonResourceRules: readonly NonResourceRule[]
  /** Whether there may be more, which cannot be listed. */
  readonly incomplete: boolean
  readonly error?: unknown
}

/** Lists what somebody may do (Kubernetes' `authorizer.RuleResolver`). */
export interface RuleResolver {
  rulesFor(user: UserInfo, namespace: string): Promise<SubjectRules> | SubjectRules
}

/** Of an authorizer that allows nothing by itself. */
export const NO_RULES: SubjectRules = { resourceRules: [], nonResourceRules: [], incomplete: false }

/** Of one that allows everything. */
export const ALL_RULES: SubjectRules = {
  resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
  incomplete: false,
}
