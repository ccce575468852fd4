import type { GroupVersionKind, GroupVersionResource, KubeObject } from '../meta/types.js'

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'

/** What a request is about to do to an object, as admission plugins see it (Kubernetes' `admission.Attributes`). */
export interface Attributes {
  readonly operation: Operation
  readonly kind: GroupVersionKind
  readonly resource: GroupVersionResource
  readonly subresource: string
  readonly name: string
  readonly namespace: string
  /** The new object in internal form; mutating plugins may change it. Absent for DELETE and CONNECT. */
  readonly object: KubeObject | undefined
  /** What is stored now; shared, never to be changed. Absent for CREATE. */
  readonly oldObject: KubeObject | undefined
  readonly dryRun: boolean
}
