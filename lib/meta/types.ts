/** Kubernetes' wire types that every room speaks: the object, its metadata, lists and the names of kinds and resources. */

/** A kind's full name, e.g. `{ group: 'wardle.example.com', version: 'v1alpha1', kind: 'Flunder' }`. The core group is `''`. */
export interface GroupVersionKind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

/** A resource's full name, e.g. `{ group: 'apps', version: 'v1', resource: 'deployments' }`. */
export interface GroupVersionResource {
  readonly group: string
  readonly version: string
  readonly resource: string
}

/** A resource without its version: what error messages call `flunders.wardle.example.com`. */
export interface GroupResource {
  readonly group: string
  readonly resource: string
}

/** @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/ */
export interface OwnerReference {
  apiVersion: string
  kind: string
  name: string
  uid: string
  controller?: boolean
  blockOwnerDeletion?: boolean
}

/** One manager's share of an object (KEP-555). */
export interface ManagedFieldsEntry {
  manager?: string
  operation?: string
  apiVersion?: string
  time?: string
  fieldsType?: string
  fieldsV1?: Record<string, unknown>
  subresource?: string
}

/** @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/ */
export interface ObjectMeta {
  name?: string
  generateName?: string
  namespace?: string
  uid?: string
  /** Opaque to clients; here the decimal revision of the store's last write. Never stored inside the value. */
  resourceVersion?: string
  generation?: number
  /** Of old; accepted, never stored. */
  selfLink?: string
  /** RFC 3339, whole seconds, UTC. */
  creationTimestamp?: string
  deletionTimestamp?: string
  /** Seconds. */
  deletionGracePeriodSeconds?: number
  labels?: Record<string, string>
  annotations?: Record<string, string>
  ownerReferences?: OwnerReference[]
  finalizers?: string[]
  managedFields?: ManagedFieldsEntry[]
}

/** @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/list-meta/ */
export interface ListMeta {
  resourceVersion?: string
  continue?: string
  remainingItemCount?: number
}

/** Any API object: type, metadata, and whatever the kind adds. */
export interface KubeObject {
  apiVersion?: string
  kind?: string
  metadata: ObjectMeta
  [field: string]: unknown
}

/** `v1` for the core group, else `group/v1`. */
export function groupVersionString(gv: { readonly group: string; readonly version: string }): string {
  return gv.group === '' ? gv.version : `${gv.group}/${gv.version}`
}

/** `flunders.wardle.example.com`, or `pods` in the core group: how messages name a resource. */
export function groupResourceString(gr: GroupResource): string {
  return gr.group === '' ? gr.resource : `${gr.resource}.${gr.group}`
}
