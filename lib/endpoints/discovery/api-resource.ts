import type { ResourceStorage } from '../api-group-version.js'
import type { RequestScope } from '../request-scope.js'
import type { Verb } from '../verbs.js'

/** What discovery says of one resource. @see https://kubernetes.io/docs/reference/using-api/api-concepts/#api-discovery */
export interface APIResource {
  readonly name: string
  readonly singularName: string
  readonly namespaced: boolean
  readonly group?: string
  readonly version?: string
  readonly kind: string
  readonly verbs: readonly string[]
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
  readonly storageVersionHash?: string
}

export function apiResourceOf(resource: ResourceStorage, scope: RequestScope, verbs: readonly Verb[]): APIResource {
  const { storage, path } = resource
  const { gvk } = scope.kind
  const sub = scope.subresource !== ''
  const foreign = gvk.group !== scope.resource.group || gvk.version !== scope.resource.version
  const shortNames = storage.shortNames?.() ?? []
  const categories = storage.categories?.() ?? []
  return {
    name: path,
    singularName: sub ? '' : (storage.singularName?.() ?? ''),
    namespaced: scope.namespaced,
    ...(foreign ? { group: gvk.group, version: gvk.version } : {}),
    kind: gvk.kind,
    verbs: [...new Set(verbs.flatMap((verb) => verb.discovery))].sort(),
    ...(shortNames.length > 0 && !sub ? { shortNames } : {}),
    ...(categories.length > 0 && !sub ? { categories } : {}),
    ...(resource.storageVersionHash && !sub ? { storageVersionHash: resource.storageVersionHash } : {}),
  }
}
