/** What Express 4 and 5, their routers and `connect` keep of a middleware. */
interface Layer {
  readonly handle?: unknown
  readonly route?: unknown
}

/** Why an API must not stand in front of an app that mounts it. */
export const MOUNTED_BEHIND_ITSELF =
  'the API stands in front of an app that mounts it as well, so that its paths skip all middleware of the app: ' +
  'give the app as `listener` instead of `app` (or serve the app itself instead of `api.handler(app)`), or take `app.use(api)` out'

/**
 * Whether an app mounts `middleware`, as far as can be seen: in its router, and in routers and routes below. What an app
 * mounts that is mounted itself Express hides.
 */
export function isMountedIn(app: unknown, middleware: unknown): boolean {
  const seen = new Set<unknown>()
  const looks = (at: unknown): boolean => {
    if (at === middleware) return true
    if (at === undefined || at === null || seen.has(at)) return false
    seen.add(at)
    return stackOf(at).some(({ handle, route }) => looks(handle) || looks(route))
  }
  return looks(app)
}

/** Express 4 keeps its router as `_router`, and throws when it is asked for `router`. */
function stackOf(at: unknown): readonly Layer[] {
  if (typeof at !== 'function' && typeof at !== 'object') return []
  const app = at as { stack?: unknown; _router?: { stack?: unknown }; router?: { stack?: unknown } }
  try {
    const stack = app.stack ?? (app._router ?? app.router)?.stack
    return Array.isArray(stack) ? stack : []
  } catch {
    return []
  }
}
