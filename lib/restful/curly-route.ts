import { compareBytes } from './compare-bytes.js'
import { type CurlyParameter, curlyParameters } from './curly-parameters.js'
import { specificity } from './curly-token.js'
import { customVerb } from './custom-verb.js'
import { joinPath, tokenizePath } from './path-tokens.js'
import type { Route } from './route.js'
import type { RoutingOptions } from './route-selector.js'

/** A route with what matching it needs. */
export interface CurlyRoute<C> {
  readonly route: Route<C>
  readonly tokens: readonly string[]
  readonly hasVerb: boolean
  readonly parameters: readonly CurlyParameter[]
  /** Whether some parameter cuts characters, so that a path can be too short. */
  readonly affixes: boolean
  /** Tokens of the longest path it can match. */
  readonly maxTokens: number
  /** Its place among the routes of the service, the most specific first. */
  rank: number
  readonly method: string
  /** Whether it takes every message of its method that has no Content-Type, if the client takes any answer. */
  readonly plain: boolean
}

/** The routes of a service, compiled, the most specific first. */
export function compileRoutes<C>(routes: readonly Route<C>[], options: RoutingOptions): CurlyRoute<C>[] {
  const compiled = routes.map((route) => compileRoute(route, options))
  const sorted = bySpecificity(compiled)
  for (const [rank, route] of sorted.entries()) route.rank = rank
  return sorted
}

function compileRoute<C>(route: Route<C>, { trimRightSlash }: RoutingOptions): CurlyRoute<C> {
  const path = trimRightSlash ? route.path : joinPath(route.rootPath, route.relativePath, trimRightSlash)
  const tokens = tokenizePath(path, trimRightSlash)
  const hasVerb = customVerb(path) !== ''
  const parameters = shared(curlyParameters(tokens, hasVerb))
  const affixes = parameters.some((each) => each.prefix + each.suffix > 0)
  // As recorded: any last token that ends so, be it a wildcard or an expression.
  const maxTokens = tokens.at(-1)?.endsWith('*}') ? Number.POSITIVE_INFINITY : tokens.length
  const { method } = route
  const plain = route.conditions.length === 0 && route.matchesContentType('')
  return { route: route.at(path), tokens, hasVerb, parameters, affixes, maxTokens, rank: 0, method, plain }
}

// More static tokens first, then more parameters, then the greater text, then the first registered.
function bySpecificity<C>(routes: readonly CurlyRoute<C>[]): CurlyRoute<C>[] {
  const measured = routes.map((route) => ({ route, measure: specificity(route.tokens, route.hasVerb) }))
  measured.sort(
    (a, b) =>
      b.measure[0] - a.measure[0] ||
      b.measure[1] - a.measure[1] ||
      compareBytes(b.route.route.path, a.route.route.path),
  )
  return measured.map((each) => each.route)
}

// Most routes have the same few parameters; where they are one, they are at hand in the processor's cache.
const recent = new Map<string, readonly CurlyParameter[]>()
const MAX_RECENT = 256

function shared(parameters: readonly CurlyParameter[]): readonly CurlyParameter[] {
  const key = JSON.stringify(parameters)
  const known = recent.get(key)
  if (known !== undefined) return known
  if (recent.size >= MAX_RECENT) recent.clear()
  recent.set(key, parameters)
  return parameters
}
