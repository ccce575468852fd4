import type { Level, Stage } from './types.js'

/**
 * What is audited, and how much of it (`audit.k8s.io/v1` Policy). The first rule that matches a request decides; where
 * none does, the request is not audited.
 *
 * @see https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/#audit-k8s-io-v1-Policy
 * @example
 * ```ts
 * const policy: AuditPolicy = {
 *   omitStages: ['RequestReceived'],
 *   rules: [
 *     { level: 'None', nonResourceURLs: ['/healthz*', '/readyz*'] },
 *     { level: 'Metadata', resources: [{ group: '', resources: ['secrets', 'configmaps'] }] },
 *     { level: 'Request', verbs: ['create', 'update', 'patch', 'delete'] },
 *     { level: 'Metadata' },
 *   ],
 * }
 * ```
 */
export interface AuditPolicy {
  readonly apiVersion?: 'audit.k8s.io/v1'
  readonly kind?: 'Policy'
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly rules: readonly PolicyRule[]
  /** Stages of which no event is made, whatever a rule says. */
  readonly omitStages?: readonly Stage[]
  /** Leave `metadata.managedFields` out of request and response objects. Default false; a rule may say otherwise. */
  readonly omitManagedFields?: boolean
}

/** Which requests are told how much of. What is absent or empty matches everything. */
export interface PolicyRule {
  readonly level: Level
  /** Names of users. */
  readonly users?: readonly string[]
  /** A user of any of these groups. */
  readonly userGroups?: readonly string[]
  /** Verbs of the API, or the lower-cased HTTP method of other paths. */
  readonly verbs?: readonly string[]
  readonly resources?: readonly GroupResources[]
  /** Namespaces; '' means resources without one. */
  readonly namespaces?: readonly string[]
  /** Paths that are no resources; `*` at the end matches whatever follows, `*` alone all. */
  readonly nonResourceURLs?: readonly string[]
  /** Besides the policy's own. */
  readonly omitStages?: readonly Stage[]
  readonly omitManagedFields?: boolean
}

/** Resources of one API group. */
export interface GroupResources {
  /** '' is the group of `/api/v1`. */
  readonly group?: string
  /** `pods`, `pods/log`, `pods/*` (pods and all below), `*` + `/scale` (that of any resource), `*` (everything). Empty = `*`. */
  readonly resources?: readonly string[]
  /** Names of objects; may only stand beside `resources`. */
  readonly resourceNames?: readonly string[]
}
