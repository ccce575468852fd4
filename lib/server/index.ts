/** Server: the director, the handler chain around it, health and metrics, and the middleware that makes it all one function. */

export type { CloseOptions } from './api-server.js'
export { defineResource, type ResourceDefinition, type ResourceVersion } from './define-resource.js'
export type { CORSOptions } from './filters/cors.js'
export type { HSTSOptions } from './filters/hsts.js'
export type { InFlightLimits } from './filters/max-in-flight.js'
export type { Filter, FilterName, NamedFilter } from './handler-chain.js'
export type { HealthCheck, HealthEndpoint } from './health.js'
export type { LogFields, Logger } from './logger.js'
export type { LongRunningRequestCheck } from './long-running.js'
export { type ApiServer, apiserver } from './middleware.js'
export type { ApiServerOptions, HandlerChainOptions } from './options.js'
export type {
  InferredResourceOptions,
  NameRule,
  ObjectOf,
  ResourceOptions,
  VersionOptions,
} from './resource-options.js'
export type { SecurityOptions } from './security-options.js'
export * from './serving/index.js'
export type { UpgradeListener, UpgradeOptions } from './upgrade.js'
