/** Built-in groups: the reviews by which clients ask who they are and what they may do. */
import type { TokenAuthenticator } from '../authentication/authenticator.js'
import type { Authorizer, RuleResolver } from '../authorization/index.js'
import type { RestResource } from '../endpoints/index.js'
import { selfSubjectReviews } from './authentication/self-subject-review.js'
import { tokenReviews } from './authentication/token-review.js'
import { localSubjectAccessReviews } from './authorization/local-subject-access-review.js'
import { selfSubjectAccessReviews } from './authorization/self-subject-access-review.js'
import { selfSubjectRulesReviews } from './authorization/self-subject-rules-review.js'
import { subjectAccessReviews } from './authorization/subject-access-review.js'

/** What the reviews ask. */
export interface ReviewSources {
  readonly authorizer: Authorizer
  /** Default: the authorizer, if it can list. Without one there are no SelfSubjectRulesReviews. */
  readonly rulesResolver?: RuleResolver
  /** Without one every token is unknown. */
  readonly tokenAuthenticator?: TokenAuthenticator
}

/**
 * The reviews of authorization.k8s.io/v1 and authentication.k8s.io/v1, by which clients ask who they are, what they and others
 * may do, and whose token something is (`kubectl auth can-i`, `auth can-i --list`, `auth whoami`). Installed as `restResources`.
 *
 * @example
 * ```ts
 * const authorizer = authorizerOf({ rbac: { file: './rbac.yaml' } })
 * installGroups({ restResources: reviewGroups({ authorizer }), … })
 * ```
 */
export function reviewGroups(sources: ReviewSources): readonly RestResource[] {
  const { authorizer, tokenAuthenticator, rulesResolver = asRuleResolver(authorizer) } = sources
  return [
    subjectAccessReviews(authorizer),
    localSubjectAccessReviews(authorizer),
    selfSubjectAccessReviews(authorizer),
    ...(rulesResolver ? [selfSubjectRulesReviews(rulesResolver)] : []),
    tokenReviews(tokenAuthenticator),
    selfSubjectReviews(),
  ]
}

const asRuleResolver = (authorizer: Authorizer & Partial<RuleResolver>): RuleResolver | undefined =>
  authorizer.rulesFor === undefined ? undefined : (authorizer as Authorizer & RuleResolver)
