/** Endpoints: from a resource's storage to its routes. Verbs, handlers, negotiation, response writing, discovery. */
export type { Deprecation, ResourceStorage } from './api-group-version.js'
export { ObjectWriter } from './client/object-writer.js'
export { type ClientEndpoints, ResourceClient } from './client/resource-client.js'
export type * from './client/types.js'
export { AggregatedDiscovery } from './discovery/aggregated.js'
export { apiGroup, groupWebService } from './discovery/group.js'
export { apisWebService, legacyWebService } from './discovery/root.js'
export { type VersionInfo, versionWebService } from './discovery/version.js'
export type { ConnectHandler } from './handlers/connect.js'
export { installGroupVersion } from './installer.js'
export { RequestContext } from './request/request-context.js'
export { newRequestInfo, RequestInfoError } from './request/request-info.js'
export { DedupedWarnings, type WarningRecorder } from './request/warning-recorder.js'
export type { AuthorizeCreate, RequestScope } from './request-scope.js'
export { requireNames } from './require-names.js'
export { writeError, writeStatus } from './response/error.js'
export { setStandardHeaders, standardHeaders } from './response/headers.js'
export { writeBody } from './response/write.js'
export {
  defineRestResource,
  installRestResource,
  type RestResource,
  type RestResourceOptions,
  type RestStorageParts,
} from './rest-resource.js'
export { deadlineExceeded } from './serve.js'
