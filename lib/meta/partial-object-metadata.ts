import type { KubeObject, ListMeta, ObjectMeta } from './types.js'

/** An object of which only the metadata was asked for. @see https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches */
export interface PartialObjectMetadata {
  readonly kind: 'PartialObjectMetadata'
  readonly apiVersion: `meta.k8s.io/${string}`
  readonly metadata: ObjectMeta
}

/** A list of metadata only. Its items carry kind and apiVersion in lists and Tables alike. */
export interface PartialObjectMetadataList {
  readonly kind: 'PartialObjectMetadataList'
  readonly apiVersion: `meta.k8s.io/${string}`
  readonly metadata: ListMeta
  readonly items: readonly PartialObjectMetadata[]
}

/**
 * The metadata of an object, as an object of its own. The metadata is shared, not copied.
 *
 * @param version `v1` or `v1beta1` of `meta.k8s.io`.
 */
export function partialObjectMetadata(object: KubeObject, version = 'v1'): PartialObjectMetadata {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: object.metadata }
}
