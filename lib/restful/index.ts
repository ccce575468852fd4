// The room of routing: go-restful's containers, services, routes, filters and its two routers, on plain Node messages.
// It knows neither Express nor Kubernetes and stands beside the other rooms.

export type { AccessLogEntry } from './access-log.js'
export { accessLog, commonLogLine } from './access-log.js'
export type { Compressor, CompressorProvider, Decompressor } from './compressor-provider.js'
export { BoundedCompressors, NewCompressors } from './compressor-provider.js'
export { Container } from './container.js'
export type { ContainerOptions, DispatchOptions } from './container-options.js'
export type { ContentEncoding } from './content-encoding.js'
export type { CorsOptions, MethodSource } from './cors.js'
export { cors } from './cors.js'
export type { CorsOriginOptions } from './cors-origins.js'
export type { CurlyRouterOptions } from './curly-router.js'
export { CurlyRouter } from './curly-router.js'
export type { RouteCandidate } from './detect-route.js'
export { detectRoute } from './detect-route.js'
export type { EntityReaderWriter, EntityWriteOptions } from './entity-accessor.js'
export type { EntitySettings } from './entity-settings.js'
export type { RecoverHandler, ServiceErrorHandler } from './error-handlers.js'
export type { FilterChain, FilterFunction, RouteFunction } from './filter.js'
export type { JsonAccessorOptions } from './json-accessor.js'
export { jsonAccessor } from './json-accessor.js'
export { RouterJSR311 } from './jsr311-router.js'
export type { Middleware } from './middleware-filter.js'
export { filterMiddleware, middlewareFilter } from './middleware-filter.js'
export type { Model } from './model.js'
export { modelName } from './model.js'
export { noBrowserCache } from './no-browser-cache.js'
export { optionsFilter } from './options-filter.js'
export type { CollectionFormat, ParameterData, ParameterKind } from './parameter.js'
export {
  bodyParameter,
  formParameter,
  headerParameter,
  multiPartFormParameter,
  Parameter,
  pathParameter,
  queryParameter,
} from './parameter.js'
export type { PathParameters } from './path-parameters.js'
export { requestPath } from './path-tokens.js'
export { RegistrationError } from './registration-error.js'
export { Request } from './request.js'
export { Response } from './response.js'
export type { RouteCondition, RouteOptions } from './route.js'
export { Route } from './route.js'
export { RouteBuilder } from './route-builder.js'
export type { ResponseDoc, RouteReader } from './route-reader.js'
export type { RouteMatch, RouteSelector, RouteTable, RoutingOptions } from './route-selector.js'
export type { ServiceErrorHeaders } from './service-error.js'
export { ServiceError } from './service-error.js'
export type { TraceLogger } from './trace.js'
export { WebService } from './web-service.js'
export type { XmlAccessorOptions } from './xml-accessor.js'
export { xmlAccessor } from './xml-accessor.js'
