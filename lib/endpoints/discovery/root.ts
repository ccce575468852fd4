import { metaName } from '../../openapi/index.js'
import { WebService } from '../../restful/index.js'
import type { RequestContext } from '../request/request-context.js'
import type { AggregatedDiscovery } from './aggregated.js'
import { discoveryRoute, writeDocument } from './document.js'
import type { APIGroup } from './group.js'

/** `/apis`: all groups, or everything at once for clients that ask for the aggregated form. */
export function apisWebService(
  groups: readonly APIGroup[],
  aggregated: AggregatedDiscovery,
): WebService<RequestContext> {
  const webService = new WebService<RequestContext>().path('/apis')
  const document = { kind: 'APIGroupList', groups }
  discoveryRoute(webService, {
    path: '/',
    operation: 'getAPIVersions',
    doc: 'get available API versions',
    model: metaName('APIGroupList'),
    handler: async (ctx) => {
      if (!(await aggregated.tryServe(ctx))) await writeDocument(ctx, document)
    },
  })
  return webService
}

/** `/api`: the versions of the core group. */
export function legacyWebService(
  versions: readonly string[],
  aggregated: AggregatedDiscovery,
): WebService<RequestContext> {
  const webService = new WebService<RequestContext>().path('/api')
  const document = (address: string) => ({
    kind: 'APIVersions',
    versions,
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
  })
  discoveryRoute(webService, {
    path: '/',
    operation: 'getAPIVersions',
    doc: 'get available API versions',
    model: metaName('APIVersions'),
    handler: async (ctx) => {
      if (!(await aggregated.tryServe(ctx))) await writeDocument(ctx, document(ctx.request.headers.host ?? ''))
    },
  })
  return webService
}
