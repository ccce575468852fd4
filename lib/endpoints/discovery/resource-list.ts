import { metaName } from '../../openapi/index.js'
import type { WebService } from '../../restful/index.js'
import type { RequestContext } from '../request/request-context.js'
import type { APIResource } from './api-resource.js'
import { discoveryRoute, writeDocument } from './document.js'

/** `/apis/GROUP/VERSION`: the resources of one version. */
export function serveResourceList(
  webService: WebService<RequestContext>,
  groupVersion: string,
  resources: readonly APIResource[],
): void {
  // The core group says no apiVersion of itself, as it did when there was nothing but the core group.
  const apiVersion = groupVersion.includes('/') ? { apiVersion: 'v1' } : {}
  const list = { kind: 'APIResourceList', ...apiVersion, groupVersion, resources }
  discoveryRoute(webService, {
    path: '/',
    operation: 'getAPIResources',
    doc: 'get available resources',
    model: metaName('APIResourceList'),
    handler: (ctx) => writeDocument(ctx, list),
  })
}
