import type { RequestInfo } from '../../meta/context.js'

const VERBS: ReadonlySet<string> = new Set(['watch', 'proxy'])
const SUBRESOURCES: ReadonlySet<string> = new Set(['attach', 'exec', 'log', 'portforward', 'proxy'])

/**
 * Whether a request stays open for as long as its client wants, as kube-apiserver decides it: such a request has no
 * deadline, and what limits the number of requests that are served at once leaves it out.
 */
export function isLongRunning(info: RequestInfo): boolean {
  if (!info.isResourceRequest) return info.path.startsWith('/debug/pprof/')
  return VERBS.has(info.verb) || SUBRESOURCES.has(info.subresource)
}
