import { SYSTEM_MASTERS } from '../privileged-groups.js'
import type { ClusterRole, ClusterRoleBinding, PolicyRule, RBACObject } from './types.js'
import { RBAC_GROUP } from './types.js'

const AUTHENTICATED = 'system:authenticated'
const UNAUTHENTICATED = 'system:unauthenticated'
const MONITORING = 'system:monitoring'
const SERVICE_ACCOUNTS = 'system:serviceaccounts'

const clusterRole = (name: string, rules: readonly PolicyRule[], labels?: Record<string, string>): ClusterRole => ({
  kind: 'ClusterRole',
  metadata: { name, ...(labels ? { labels } : {}) },
  rules,
})

/** A role that is made of all roles with the label `rbac.authorization.k8s.io/aggregate-to-<name>: "true"`. */
const aggregated = (name: string, into?: string): ClusterRole => ({
  ...clusterRole(name, [], into === undefined ? undefined : aggregateTo(into)),
  aggregationRule: { clusterRoleSelectors: [{ matchLabels: aggregateTo(name) }] },
})

const aggregateTo = (name: string): Record<string, string> => ({ [`${RBAC_GROUP}/aggregate-to-${name}`]: 'true' })

const binding = (role: string, ...groups: readonly string[]): ClusterRoleBinding => ({
  kind: 'ClusterRoleBinding',
  metadata: { name: role },
  subjects: groups.map((name) => ({ kind: 'Group', name })),
  roleRef: { kind: 'ClusterRole', name: role },
})

const create = (group: string, ...resources: readonly string[]): PolicyRule => ({
  verbs: ['create'],
  apiGroups: [group],
  resources,
})

const get = (...nonResourceURLs: readonly string[]): PolicyRule => ({ verbs: ['get'], nonResourceURLs })

const ISSUER = ['/.well-known/openid-configuration', '/openid/v1/jwks'] as const
/** Each check has a path of its own below. */
const HEALTH = ['/healthz', '/healthz/*', '/livez', '/livez/*', '/readyz', '/readyz/*'] as const
const PUBLIC = ['/healthz', '/livez', '/readyz', '/version', '/version/'] as const

/**
 * The roles that Kubernetes starts with, as far as they are about every API: cluster-admin; discovery and questions about
 * oneself for everybody who is logged in; the keys of service accounts for these; versions and health for all; metrics and single health checks for the
 * group `system:monitoring`; and `admin`, `edit` and `view`, which are made of whatever roles are labelled for them.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings
 */
export const bootstrapPolicy: readonly RBACObject[] = [
  clusterRole('cluster-admin', [
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
    { verbs: ['*'], nonResourceURLs: ['*'] },
  ]),
  clusterRole('system:discovery', [get('/api', '/api/*', '/apis', '/apis/*', '/openapi', '/openapi/*', ...PUBLIC)]),
  clusterRole('system:basic-user', [
    create('authorization.k8s.io', 'selfsubjectaccessreviews', 'selfsubjectrulesreviews'),
    create('authentication.k8s.io', 'selfsubjectreviews'),
  ]),
  clusterRole('system:public-info-viewer', [get(...PUBLIC)]),
  clusterRole('system:monitoring', [get('/metrics', '/metrics/slis', ...HEALTH)]),
  clusterRole('system:auth-delegator', [
    create('authentication.k8s.io', 'tokenreviews'),
    create('authorization.k8s.io', 'subjectaccessreviews'),
  ]),
  clusterRole('system:service-account-issuer-discovery', [get(...ISSUER.flatMap((path) => [path, `${path}/`]))]),
  aggregated('admin'),
  aggregated('edit', 'admin'),
  aggregated('view', 'edit'),
  binding('cluster-admin', SYSTEM_MASTERS),
  binding('system:monitoring', MONITORING),
  binding('system:discovery', AUTHENTICATED),
  binding('system:basic-user', AUTHENTICATED),
  binding('system:service-account-issuer-discovery', SERVICE_ACCOUNTS),
  binding('system:public-info-viewer', AUTHENTICATED, UNAUTHENTICATED),
]
