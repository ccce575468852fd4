import type { RequestContext, RestResource } from '../endpoints/index.js'
import type { ResourceDefinition } from './define-resource.js'
import { resourceKey } from './resource-key.js'

/** Whether a request is for a resource that is served, in a version that is. */
export function servedResources(
  resources: readonly ResourceDefinition[],
  restResources: readonly RestResource[],
): (ctx: RequestContext) => boolean {
  /** `plural.group/version` of each. */
  const served: ReadonlySet<string> = new Set([
    ...resources.flatMap(servedVersions),
    ...restResources.map(
      ({ gvk, options }) => `${resourceKey({ group: gvk.group, plural: options.path })}/${gvk.version}`,
    ),
  ])
  return ({ requestInfo }) => {
    if (!requestInfo?.isResourceRequest) return false
    const { resource, apiGroup, apiVersion } = requestInfo
    return served.has(`${resourceKey({ group: apiGroup, plural: resource })}/${apiVersion}`)
  }
}

const servedVersions = (resource: ResourceDefinition): string[] =>
  resource.versions.map(({ kind }) => `${resourceKey(resource)}/${kind.gvk.version}`)
