import type { IncomingMessage } from 'node:http'
import type { RouteMatch, RouteTable } from './route-selector.js'
import { ServiceError } from './service-error.js'

/** Where decisions are told; `console` and most loggers are one. */
export interface TraceLogger {
  debug(message: string): void
}

/** What of a stranger's text a line repeats, in UTF-16 units. */
const MAX_QUOTED = 200

/** Tells a logger where a request goes and why, in one line that no path can break. @internal */
export function traceRouting<C>(
  logger: TraceLogger,
  table: RouteTable<C>,
  path: string,
  message: IncomingMessage,
  selected: RouteMatch<C> | ServiceError,
): void {
  logger.debug(
    selected instanceof ServiceError ? refusalLine(table, path, message, selected) : matchLine(path, selected),
  )
}

/** A text of a stranger as it may stand in a line of a log. @internal */
export function quoted(text: string | undefined): string {
  return JSON.stringify((text ?? '').slice(0, MAX_QUOTED))
}

function matchLine<C>(path: string, { service, route }: RouteMatch<C>): string {
  return `URL path:${quoted(path)} goes to ${route.method} ${route.path} of the WebService ${service.rootPath()}`
}

function refusalLine<C>(table: RouteTable<C>, path: string, message: IncomingMessage, { code }: ServiceError): string {
  const service = table.selectService(path)
  const of = `URL path:${quoted(path)}`
  switch (code) {
    case 400:
      return `malformed URL:${quoted(message.url)}`
    case 405:
      return `no Route found that matches HTTP method ${quoted(message.method)} of ${of}`
    case 415:
      return `no Route found that matches HTTP Content-Type: ${quoted(message.headers['content-type'])} of ${of}`
    case 406:
      return `no Route found that matches HTTP Accept: ${quoted(message.headers.accept)} of ${of}`
    default:
      return service === undefined
        ? `no WebService was found to match ${of}`
        : `no Route in WebService with path ${service.rootPath()} was found to match ${of}`
  }
}
