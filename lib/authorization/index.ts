/** Authorization: who may do what. RBAC, a webhook, the host application's own rules, and their union. */
export { alwaysAllow, alwaysDeny } from './always.js'
export { attributesOf, nonResourceAttributes, type ResourceRequest, resourceAttributes } from './attributes.js'
export type { Attributes, Authorizer, AuthorizerResult, Cancellable, Decision } from './authorizer.js'
export { type Authorize, type AuthorizeAnswer, callbackAuthorizer } from './callback.js'
export { decide, isPromise } from './decide.js'
export { escapeHTML, forbiddenError } from './forbidden.js'
export { type AuthorizationOptions, authorizerOf, type OptionsAuthorizer } from './options.js'
export { alwaysAllowPaths, HEALTH_PATHS, pathMatcher } from './path-rules.js'
export { privilegedGroups, SYSTEM_MASTERS } from './privileged-groups.js'
export { RBACAuthorizer, type RBACOptions, rbac } from './rbac/authorizer.js'
export { bootstrapPolicy } from './rbac/bootstrap-policy.js'
export type * from './rbac/types.js'
export type { NonResourceRule, ResourceRule, RuleResolver, SubjectRules } from './rule-resolver.js'
export { serviceAccountGroups, serviceAccountUsername, splitServiceAccountUsername } from './service-account.js'
export { type MaybeListing, unionAuthorizer } from './union.js'
export {
  subjectAccessReviewWebhook,
  WebhookAuthorizer,
  type WebhookAuthorizerOptions,
} from './webhook/authorizer.js'
export type { WebhookMetrics, WebhookResult } from './webhook/metrics.js'
