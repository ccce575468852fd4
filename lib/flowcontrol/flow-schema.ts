import type { KubeObject } from './object.js'

/**
 * Which requests belong to a priority level, and to which flow within it (`flowcontrol.apiserver.k8s.io/v1`).
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/flow-schema-v1/
 */
export interface FlowSchema extends KubeObject {
  readonly spec: FlowSchemaSpec
}

export interface FlowSchemaSpec {
  readonly priorityLevelConfiguration: { readonly name: string }
  /** 1 to 10000; of the schemas that match, the one with the lowest number takes the request. Default 1000. */
  readonly matchingPrecedence?: number
  /** What makes a flow of its own; without it all requests of the schema are one flow. */
  readonly distinguisherMethod?: { readonly type: FlowDistinguisherMethod }
  /** A request matches when one of them does. */
  readonly rules?: readonly PolicyRulesWithSubjects[]
}

export type FlowDistinguisherMethod = 'ByUser' | 'ByNamespace'

/** Matches when one of the subjects makes the request and one of the rules covers it. */
export interface PolicyRulesWithSubjects {
  readonly subjects: readonly Subject[]
  readonly resourceRules?: readonly ResourcePolicyRule[]
  readonly nonResourceRules?: readonly NonResourcePolicyRule[]
}

/** `*` as a name stands for all; of service accounts, for all of the namespace. */
export type Subject =
  | { readonly kind: 'User'; readonly user: { readonly name: string } }
  | { readonly kind: 'Group'; readonly group: { readonly name: string } }
  | {
      readonly kind: 'ServiceAccount'
      readonly serviceAccount: { readonly namespace: string; readonly name: string }
    }

/** Covers a request when every one of its lists does; `['*']` covers everything. */
export interface ResourcePolicyRule {
  readonly verbs: readonly string[]
  readonly apiGroups: readonly string[]
  /** `plural` or `plural/subresource`. */
  readonly resources: readonly string[]
  /** Whether requests without a namespace are covered. Default false. */
  readonly clusterScope?: boolean
  readonly namespaces?: readonly string[]
}

export interface NonResourcePolicyRule {
  readonly verbs: readonly string[]
  /** Paths: `/healthz` covers itself and everything below it, as `/healthz/*` does; `*` covers all. */
  readonly nonResourceURLs: readonly string[]
}

const DEFAULT_PRECEDENCE = 1000

/** The order in which schemas are asked: by precedence, then by name. */
export function byPrecedence(a: FlowSchema, b: FlowSchema): number {
  const first = (a.spec.matchingPrecedence ?? DEFAULT_PRECEDENCE) - (b.spec.matchingPrecedence ?? DEFAULT_PRECEDENCE)
  if (first !== 0) return first
  return a.metadata.name < b.metadata.name ? -1 : 1
}
