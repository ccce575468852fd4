import { quote } from '../../meta/go/index.js'
import type { Steps } from '../../runtime/steps.js'
import type { AuthorizerResult } from '../authorizer.js'
import { serviceAccountUsername } from '../service-account.js'
import { clusterRoleRules } from './aggregation.js'
import { namespacedKey, type RBACObjects } from './objects.js'
import { type BoundRole, ScopeGrants } from './subject-grants.js'
import type { ClusterRoleBinding, PolicyRule, RoleBinding, RoleRef, Subject } from './types.js'
import { RBAC_GROUP } from './types.js'

/** All roles and bindings, joined: who has which rules where. */
export interface Policy {
  readonly cluster: ScopeGrants
  readonly namespaces: ReadonlyMap<string, ScopeGrants>
  /** Whether some binding names a role that is not there. */
  readonly hasErrors: boolean
}

/** Joins bindings with the roles that they name, one a step. */
export function* policyOf(objects: RBACObjects): Steps<Policy> {
  const clusterRules = clusterRoleRules(objects.clusterRoles)
  const lookUp = (ref: RoleRef, namespace: string): readonly PolicyRule[] | undefined =>
    ref.kind === 'ClusterRole' ? clusterRules.get(ref.name) : roleRules(objects, namespace, ref.name)
  const cluster = new ScopeGrants()
  const namespaces = new Map<string, ScopeGrants>()
  let order = 0
  let hasErrors = false
  const bind = (binding: RoleBinding | ClusterRoleBinding, scope: ScopeGrants, namespace: string): void => {
    const rules = lookUp(binding.roleRef, namespace)
    hasErrors ||= rules === undefined
    const place = order++
    for (const subject of binding.subjects ?? []) {
      const error = rules === undefined ? notFound(binding.roleRef) : undefined
      addTo(scope, subject, { order: place, rules: rules ?? [], result: allowedBy(binding, subject, namespace), error })
    }
  }
  for (const binding of objects.clusterRoleBindings.values()) {
    yield
    bind(binding, cluster, '')
  }
  for (const binding of objects.roleBindings.values()) {
    yield
    const { namespace } = binding.metadata
    const scope = namespaces.get(namespace) ?? new ScopeGrants()
    namespaces.set(namespace, scope)
    bind(binding, scope, namespace)
  }
  return { cluster, namespaces, hasErrors }
}

function roleRules({ roles }: RBACObjects, namespace: string, name: string): readonly PolicyRule[] | undefined {
  const role = roles.get(namespacedKey(namespace, name))
  return role && (role.rules ?? [])
}

/** A service account is the user of its name. */
function addTo(scope: ScopeGrants, subject: Subject, bound: BoundRole): void {
  if (subject.kind === 'Group') scope.addGroup(subject.name, bound)
  else if (subject.kind === 'User') scope.addUser(subject.name, bound)
  else scope.addUser(serviceAccountUsername(subject.namespace ?? '', subject.name), bound)
}

const notFound = ({ kind, name }: RoleRef): string => `${kind.toLowerCase()}.${RBAC_GROUP} ${quote(name)} not found`

/** Kubernetes' words; a namespace stands behind the name there. */
function allowedBy(
  { kind, metadata, roleRef }: RoleBinding | ClusterRoleBinding,
  subject: Subject,
  namespace: string,
): AuthorizerResult {
  const binding = kind === 'RoleBinding' ? `${metadata.name}/${namespace}` : metadata.name
  const who = subject.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace ?? namespace}` : subject.name
  const role = `${roleRef.kind} ${quote(roleRef.name)}`
  const reason = `RBAC: allowed by ${kind} ${quote(binding)} of ${role} to ${subject.kind} ${quote(who)}`
  return Object.freeze({ decision: 'allow', reason })
}
