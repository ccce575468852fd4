/** Serving: a server around the API, with TLS, HTTP/2, limits, and an end that cuts nobody off. */
export type { AnyServer } from './create-server.js'
export type { ConnectionLimits, ServerOptions, ShutdownOptions, TLSOptions } from './options.js'
export { type RunningServer, runServer } from './run-server.js'
