/**
 * OpenAPI v2 and v3 of an API server, from its routes and the schemas of its kinds, as kubectl and code generators
 * expect them. Knows no HTTP: `server/openapi-handler.ts` serves what is built here.
 */

export { buildV2 } from './build-v2.js'
export { buildV3, hashedPathV3 } from './build-v3.js'
export { definitionName, type KindDefinition, type KindNames, OpenAPIDefinitions } from './definitions.js'
export type { SwaggerDocument } from './documents.js'
export { encodeGnostic } from './gnostic-protobuf.js'
export { metaName, versionInfoName } from './meta-names.js'
export * from './parameters.js'
export { UNDOCUMENTED } from './path-routes.js'
export { RenderedDocument } from './rendered-document.js'
export { RenderedDocuments } from './rendered-documents.js'
export { boolean, listOf, object, ref, requiredString, string, strings, struct } from './schema-parts.js'
export { inlineRefs } from './schema-walk.js'
export { bearerToken, type OpenAPISource } from './source.js'
