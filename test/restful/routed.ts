import type { IncomingMessage } from 'node:http'
import type { RouteMatch, RouteSelector, RouteTable, WebService } from '../../lib/restful/index.js'
import { ServiceError } from '../../lib/restful/index.js'

/** A message as far as routers look at it. */
export function message(method = 'GET', headers: Record<string, string> = {}): IncomingMessage {
  return { method, headers, rawHeaders: Object.entries(headers).flat() } as unknown as IncomingMessage
}

export function table(router: RouteSelector, services: readonly WebService[], trimRightSlash = true): RouteTable {
  return router.compile(services, { trimRightSlash })
}

/** `METHOD template {"name":"value"}` of the chosen route, or the error's status and first line. */
export function decision(routes: RouteTable, path: string, request: IncomingMessage = message()): string {
  const selected = routes.selectRoute(path, request)
  return selected instanceof ServiceError ? selected.message || String(selected.code) : shown(selected)
}

function shown({ route, parameters }: RouteMatch): string {
  const values = parameters.all()
  return values.size === 0 ? route.path : `${route.path} ${JSON.stringify(Object.fromEntries(values))}`
}
