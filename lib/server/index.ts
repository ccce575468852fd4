/** Server: the director, the handler chain around it, health and metrics, and the middleware that makes it all one function. */

export { defineResource, type ResourceDefinition, type ResourceVersion } from './define-resource.js'
export { type ApiServer, apiserver } from './middleware.js'
export type { ApiServerOptions, Logger } from './options.js'
export type { NameRule, ResourceOptions, VersionOptions } from './resource-options.js'
