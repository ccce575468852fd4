import type { NonResourceRule, ResourceRule } from '../rule-resolver.js'

/** Kubernetes' own group of roles and bindings. */
export const RBAC_GROUP = 'rbac.authorization.k8s.io'

/** What may be done to what. Rules only ever add; `*` stands for all. @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/ */
export interface PolicyRule extends ResourceRule, NonResourceRule {
  readonly verbs: readonly string[]
  /** `''` is the core group. */
  readonly apiGroups?: readonly string[]
  /** `flunders`, `flunders/status`, a star before `/scale` for that subresource of all, or `*`. */
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
  /** Paths, or with a trailing `*` all that begin so. Only cluster roles have them. */
  readonly nonResourceURLs?: readonly string[]
}

interface RBACMeta {
  readonly name: string
  readonly labels?: Readonly<Record<string, string>>
}

interface NamespacedMeta extends RBACMeta {
  readonly namespace: string
}

interface TypeMeta<Kind extends string> {
  readonly apiVersion?: string
  readonly kind: Kind
}

/** Whom a binding is for. */
export interface Subject {
  readonly kind: 'User' | 'Group' | 'ServiceAccount'
  readonly apiGroup?: string
  readonly name: string
  /** Of a service account. */
  readonly namespace?: string
}

/** What a binding grants. */
export interface RoleRef {
  readonly apiGroup?: string
  readonly kind: 'Role' | 'ClusterRole'
  readonly name: string
}

/** Which cluster roles another one is made of. */
export interface AggregationRule {
  readonly clusterRoleSelectors?: readonly RoleSelector[]
}

/** A label selector as objects carry it. */
export interface RoleSelector {
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchExpressions?: readonly {
    readonly key: string
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
    readonly values?: readonly string[]
  }[]
}

/** Rules for one namespace. */
export interface Role extends TypeMeta<'Role'> {
  readonly metadata: NamespacedMeta
  readonly rules?: readonly PolicyRule[]
}

/** Rules for all namespaces, or, through a RoleBinding, for one. */
export interface ClusterRole extends TypeMeta<'ClusterRole'> {
  readonly metadata: RBACMeta
  readonly rules?: readonly PolicyRule[]
  /** With it, `rules` are replaced by those of the cluster roles that it selects. */
  readonly aggregationRule?: AggregationRule
}

/** Grants a role in one namespace. */
export interface RoleBinding extends TypeMeta<'RoleBinding'> {
  readonly metadata: NamespacedMeta
  readonly subjects?: readonly Subject[]
  readonly roleRef: RoleRef
}

/** Grants a cluster role everywhere. */
export interface ClusterRoleBinding extends TypeMeta<'ClusterRoleBinding'> {
  readonly metadata: RBACMeta
  readonly subjects?: readonly Subject[]
  readonly roleRef: RoleRef
}

export type RBACObject = Role | ClusterRole | RoleBinding | ClusterRoleBinding
