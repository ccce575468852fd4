import { JWKS_PATH, OPENID_CONFIGURATION_PATH, type ServiceAccountTokens } from '../authentication/index.js'
import { type RequestContext, writeBody } from '../endpoints/index.js'
import { WebService } from '../restful/index.js'
import { encodeJSON } from '../runtime/json/index.js'

const CACHE_CONTROL = 'public, max-age=3600'

interface Metadata {
  readonly path: string
  readonly mediaType: string
  readonly document: unknown
  readonly doc: string
  readonly operation: string
}

/**
 * What others need to verify the tokens of service accounts: the issuer's configuration and its public keys, as
 * kube-apiserver serves them (KEP-1393). Who may read them is a question of rights to paths that are no resources.
 */
export function openIDMetadataWebServices(tokens: ServiceAccountTokens | undefined): WebService<RequestContext>[] {
  if (!tokens?.issuerDiscovery) return []
  return [
    webServiceOf({
      path: OPENID_CONFIGURATION_PATH,
      mediaType: 'application/json',
      document: tokens.openIDConfiguration(),
      doc: "get service account issuer OpenID configuration, also known as the 'OIDC discovery doc'",
      operation: 'getServiceAccountIssuerOpenIDConfiguration',
    }),
    webServiceOf({
      path: JWKS_PATH,
      mediaType: 'application/jwk-set+json',
      document: tokens.jwks(),
      doc: 'get service account issuer OpenID JSON Web Key Set (contains public token verification keys)',
      operation: 'getServiceAccountIssuerOpenIDKeyset',
    }),
  ]
}

function webServiceOf({ path, mediaType, document, doc, operation }: Metadata): WebService<RequestContext> {
  const body = encodeJSON(document)
  const webService = new WebService<RequestContext>().path(path)
  webService.route(
    webService
      .get('/')
      .to(({ context }) => {
        context.response.setHeader('Cache-Control', CACHE_CONTROL)
        return writeBody(context, 200, mediaType, body)
      })
      .doc(doc)
      .operation(operation)
      .produces(mediaType)
      .returns(200, 'OK', 'string'),
  )
  return webService
}
