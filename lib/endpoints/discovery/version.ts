import { versionInfoName } from '../../openapi/index.js'
import { WebService } from '../../restful/index.js'
import { encodeJSON, prettyJSON } from '../../runtime/json/index.js'
import type { RequestContext } from '../request/request-context.js'
import { writeBody } from '../response/write.js'
import { serve } from '../serve.js'

/** What `/version` says, in Kubernetes' terms: `major` and `minor` name the API behaviour, `gitVersion` the build. */
export interface VersionInfo {
  readonly major: string
  readonly minor: string
  readonly gitVersion: string
  readonly gitCommit: string
  readonly gitTreeState: string
  readonly buildDate: string
  readonly goVersion: string
  readonly compiler: string
  readonly platform: string
}

export function versionWebService(info: VersionInfo): WebService<RequestContext> {
  const webService = new WebService<RequestContext>().path('/version')
  const body = prettyJSON(encodeJSON(info))
  webService.route(
    webService
      .get('/')
      .to(serve((ctx) => writeBody(ctx, 200, 'application/json', body)))
      .doc('get the code version')
      .operation('getCodeVersion')
      .consumes('application/json')
      .produces('application/json')
      .returns(200, 'OK', versionInfoName),
  )
  return webService
}
