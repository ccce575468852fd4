import { quote } from '../meta/go/index.js'
import type { Authorizer } from './authorizer.js'
import { ALLOW, NO_OPINION } from './decide.js'
import type { RuleResolver } from './rule-resolver.js'

/** What probes ask for before they can know who they are. */
export const HEALTH_PATHS: readonly string[] = ['/healthz', '/livez', '/readyz']

/**
 * Allows some paths that are no resources to everybody (Kubernetes' `--authorization-always-allow-paths`). A path means itself
 * alone, one with a trailing `*` all that begin so. Paths are compared as they are: nothing is cleaned, so `//healthz` and
 * `/healthz/../apis` are not `/healthz`.
 *
 * @throws Error for a `*` that is not the last character
 * @example
 * ```ts
 * alwaysAllowPaths(['/healthz', '/livez', '/readyz', '/docs/*'])
 * ```
 */
export function alwaysAllowPaths(paths: readonly string[]): Authorizer & RuleResolver {
  const isAllowed = pathMatcher(paths)
  const rules = {
    resourceRules: [],
    nonResourceRules: paths.length === 0 ? [] : [{ verbs: ['*'], nonResourceURLs: paths }],
    incomplete: false,
  }
  return {
    authorize({ isResourceRequest, path }) {
      return !isResourceRequest && isAllowed(path) ? ALLOW : NO_OPINION
    },
    rulesFor: () => rules,
  }
}

/**
 * Tells whether a path is one of these, as {@link alwaysAllowPaths} compares them.
 *
 * @throws Error for a `*` that is not the last character
 */
export function pathMatcher(paths: readonly string[]): (path: string) => boolean {
  const exact = new Set<string>()
  const prefixes: string[] = []
  for (const path of paths) {
    const rest = withoutSlash(path)
    if (rest.slice(0, -1).includes('*')) throw new Error(`only trailing * allowed in ${quote(rest)}`)
    if (rest.endsWith('*')) prefixes.push(rest.slice(0, -1))
    else exact.add(rest)
  }
  return (path) => {
    const rest = withoutSlash(path)
    return exact.has(rest) || prefixes.some((prefix) => rest.startsWith(prefix))
  }
}

const withoutSlash = (path: string): string => (path.startsWith('/') ? path.slice(1) : path)
