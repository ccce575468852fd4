import type { Director } from './director.js'
import type { ApiServerOptions } from './options.js'
import type { PathRecorderMux } from './path-recorder-mux.js'

/** Which paths are the API's to answer; all others belong to the host app. */
export function claimsOf(
  options: ApiServerOptions,
  director: Director,
  mux: PathRecorderMux,
): (path: string) => boolean {
  if (options.notFound) return () => true
  const { resources, restResources = [] } = options
  const core = [...resources, ...restResources.map(({ gvk }) => gvk)].some(({ group }) => group === '')
  const roots = ['/apis', '/openapi', '/version', ...(core ? ['/api'] : [])]
  return (path) =>
    roots.some((root) => path.startsWith(root) && (path.length === root.length || path[root.length] === '/')) ||
    mux.match(path) !== undefined ||
    director.ownsRoute(path)
}
