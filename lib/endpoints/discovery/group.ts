import { metaName } from '../../openapi/index.js'
import { WebService } from '../../restful/index.js'
import type { RequestContext } from '../request/request-context.js'
import { discoveryRoute, writeDocument } from './document.js'

interface GroupVersionForDiscovery {
  readonly groupVersion: string
  readonly version: string
}

/** A group and its versions, the preferred one first. */
export interface APIGroup {
  readonly name: string
  readonly versions: readonly GroupVersionForDiscovery[]
  readonly preferredVersion: GroupVersionForDiscovery
}

export function apiGroup(name: string, versions: readonly string[]): APIGroup {
  const entries = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }))
  return { name, versions: entries, preferredVersion: entries[0]! }
}

/** `/apis/GROUP`: one group. */
export function groupWebService(group: APIGroup): WebService<RequestContext> {
  const webService = new WebService<RequestContext>().path(`/apis/${group.name}`)
  const document = { kind: 'APIGroup', apiVersion: 'v1', ...group }
  discoveryRoute(webService, {
    path: '/',
    operation: 'getAPIGroup',
    doc: 'get information of a group',
    model: metaName('APIGroup'),
    handler: (ctx) => writeDocument(ctx, document),
  })
  return webService
}
