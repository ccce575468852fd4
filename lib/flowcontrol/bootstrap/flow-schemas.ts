import type {
  FlowDistinguisherMethod,
  FlowSchema,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
  Subject,
} from '../flow-schema.js'
import { CATCH_ALL, EXEMPT } from '../priority-level-configuration.js'

const ALL = ['*']
const LEASES = 'coordination.k8s.io'

const user = (name: string): Subject => ({ kind: 'User', user: { name } })
const group = (name: string): Subject => ({ kind: 'Group', group: { name } })
const everyAccountOf = (namespace: string): Subject => ({
  kind: 'ServiceAccount',
  serviceAccount: { namespace, name: '*' },
})

const MASTERS = group('system:masters')
const NODES = group('system:nodes')
const SERVICE_ACCOUNTS = group('system:serviceaccounts')
const CONTROLLER_MANAGER = user('system:kube-controller-manager')
const SCHEDULER = user('system:kube-scheduler')
const SYSTEM_ACCOUNTS = everyAccountOf('kube-system')
const EVERYBODY = [group('system:unauthenticated'), group('system:authenticated')]

/** Schemas that are always there. */
export const MANDATORY_FLOW_SCHEMAS: readonly FlowSchema[] = [
  schema('exempt', EXEMPT, 1, undefined, everything(MASTERS)),
  schema('catch-all', CATCH_ALL, 10_000, 'ByUser', everything(...EVERYBODY)),
]

/** Schemas that Kubernetes suggests besides (its `bootstrap` package of 1.32). */
export const SUGGESTED_FLOW_SCHEMAS: readonly FlowSchema[] = [
  schema('probes', EXEMPT, 2, undefined, {
    subjects: EVERYBODY,
    nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
  }),
  schema('system-leader-election', 'leader-election', 100, 'ByUser', {
    subjects: [CONTROLLER_MANAGER, SCHEDULER, SYSTEM_ACCOUNTS],
    resourceRules: [inNamespaces(['get', 'create', 'update'], LEASES, 'leases')],
  }),
  schema('system-node-high', 'node-high', 400, 'ByUser', {
    subjects: [NODES],
    resourceRules: [
      { ...inNamespaces(ALL, '', 'nodes', 'nodes/status'), clusterScope: true },
      inNamespaces(ALL, LEASES, 'leases'),
    ],
  }),
  schema('system-nodes', 'system', 500, 'ByUser', everything(NODES)),
  schema('kube-controller-manager', 'workload-high', 800, 'ByNamespace', everything(CONTROLLER_MANAGER)),
  schema('kube-scheduler', 'workload-high', 800, 'ByNamespace', everything(SCHEDULER)),
  schema('kube-system-service-accounts', 'workload-high', 900, 'ByNamespace', everything(SYSTEM_ACCOUNTS)),
  schema('service-accounts', 'workload-low', 9000, 'ByUser', everything(SERVICE_ACCOUNTS)),
  schema('global-default', 'global-default', 9900, 'ByUser', everything(...EVERYBODY)),
]

function schema(
  name: string,
  priorityLevel: string,
  matchingPrecedence: number,
  distinguisher: FlowDistinguisherMethod | undefined,
  rules: PolicyRulesWithSubjects,
): FlowSchema {
  return {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'FlowSchema',
    metadata: { name },
    spec: {
      priorityLevelConfiguration: { name: priorityLevel },
      matchingPrecedence,
      ...(distinguisher && { distinguisherMethod: { type: distinguisher } }),
      rules: [rules],
    },
  }
}

function everything(...subjects: readonly Subject[]): PolicyRulesWithSubjects {
  return {
    subjects,
    resourceRules: [{ verbs: ALL, apiGroups: ALL, resources: ALL, namespaces: ALL, clusterScope: true }],
    nonResourceRules: [{ verbs: ALL, nonResourceURLs: ALL }],
  }
}

function inNamespaces(verbs: readonly string[], apiGroup: string, ...resources: readonly string[]): ResourcePolicyRule {
  return { verbs, apiGroups: [apiGroup], resources, namespaces: ALL }
}
