import {
  type PolicyRule,
  type RBACAuthorizer,
  type RBACObject,
  rbac,
  type Subject,
} from '../../lib/authorization/index.js'

/** An authorizer of these objects and no others. */
export const only = (...objects: RBACObject[]): RBACAuthorizer => rbac({ objects, bootstrapPolicy: false })

export const clusterRole = (name: string, ...rules: PolicyRule[]): RBACObject => ({
  kind: 'ClusterRole',
  metadata: { name },
  rules,
})
export const clusterBinding = (name: string, role: string, ...subjects: Subject[]): RBACObject => ({
  kind: 'ClusterRoleBinding',
  metadata: { name },
  subjects,
  roleRef: { kind: 'ClusterRole', name: role },
})
export const binding = (
  namespace: string,
  name: string,
  role: string,
  kind: 'Role' | 'ClusterRole',
  ...subjects: Subject[]
) => ({ kind: 'RoleBinding', metadata: { name, namespace }, subjects, roleRef: { kind, name: role } }) as const
