import { compareBytes } from './compare-bytes.js'
import { type CurlyParameter, curlyParameters } from './curly-parameters.js'
import { type CurlyToken, curlyToken, specificity } from './curly-token.js'
import { customVerb } from './custom-verb.js'
import type { PathExpression } from './path-expression.js'
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
}

interface ParameterEdge<C> {
  readonly verb: string
  readonly expression: PathExpression | undefined
  readonly node: CurlyNode<C>
}

/** The routes that share their first tokens. */
class CurlyNode<C> {
  readonly statics = new Map<string, CurlyNode<C>>()
  any: CurlyNode<C> | undefined
  readonly parameters: ParameterEdge<C>[] = []
  readonly tails: { readonly verb: string; readonly route: CurlyRoute<C> }[] = []
  readonly ends: CurlyRoute<C>[] = []
  /** Those of `ends` that longer paths match too. */
  readonly openEnds: CurlyRoute<C>[] = []

  child(token: CurlyToken & { kind: 'static' | 'parameter' }): CurlyNode<C> {
    if (token.kind === 'static') {
      const node = this.statics.get(token.text) ?? new CurlyNode<C>()
      this.statics.set(token.text, node)
      return node
    }
    const { verb, expression } = token
    if (verb === '' && expression === undefined) {
      this.any ??= new CurlyNode()
      return this.any
    }
    const same = this.parameters.find((edge) => edge.verb === verb && edge.expression?.source === expression?.source)
    if (same !== undefined) return same.node
    const node = new CurlyNode<C>()
    this.parameters.push({ verb, expression, node })
    return node
  }
}

/** The routes of one service by their tokens: a path meets only the routes that begin as it does. */
export class CurlyRouteIndex<C> {
  readonly #root = new CurlyNode<C>()

  constructor(routes: readonly Route<C>[], options: RoutingOptions) {
    const compiled = routes.map((route) => compileRoute(route, options))
    for (const [rank, route] of bySpecificity(compiled).entries()) route.rank = rank
    for (const route of compiled) this.#insert(route)
  }

  /** All routes that match the tokens of a path, the most specific first. */
  candidates(tokens: readonly string[]): CurlyRoute<C>[] {
    const found: CurlyRoute<C>[] = []
    collect(this.#root, tokens, 0, found)
    return found.length > 1 ? found.sort((a, b) => a.rank - b.rank) : found
  }

  #insert(route: CurlyRoute<C>): void {
    let node = this.#root
    for (const text of route.tokens) {
      const token = curlyToken(text, route.hasVerb)
      if (token.kind === 'never') return
      if (token.kind === 'tail') {
        node.tails.push({ verb: token.verb, route })
        return
      }
      node = node.child(token)
    }
    node.ends.push(route)
    if (route.maxTokens > route.tokens.length) node.openEnds.push(route)
  }
}

function compileRoute<C>(route: Route<C>, { trimRightSlash }: RoutingOptions): CurlyRoute<C> {
  const path = trimRightSlash ? route.path : joinPath(route.rootPath, route.relativePath, trimRightSlash)
  const tokens = tokenizePath(path, trimRightSlash)
  const hasVerb = customVerb(path) !== ''
  const parameters = curlyParameters(tokens, hasVerb)
  const affixes = parameters.some((each) => each.prefix + each.suffix > 0)
  // As recorded: any last token that ends so, be it a wildcard or an expression.
  const maxTokens = tokens.at(-1)?.endsWith('*}') ? Number.POSITIVE_INFINITY : tokens.length
  return { route: route.at(path), tokens, hasVerb, parameters, affixes, maxTokens, rank: 0 }
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

function collect<C>(node: CurlyNode<C>, tokens: readonly string[], at: number, found: CurlyRoute<C>[]): void {
  if (at === tokens.length) {
    for (const route of node.ends) found.push(route)
    return
  }
  const token = tokens[at]!
  for (const route of node.openEnds) found.push(route)
  for (const { verb, route } of node.tails) {
    if (tokens.length <= route.maxTokens && token.endsWith(verb)) found.push(route)
  }
  const same = node.statics.get(token)
  if (same !== undefined) collect(same, tokens, at + 1, found)
  if (node.any !== undefined) collect(node.any, tokens, at + 1, found)
  for (const edge of node.parameters) if (accepts(edge, token)) collect(edge.node, tokens, at + 1, found)
}

function accepts<C>({ verb, expression }: ParameterEdge<C>, token: string): boolean {
  if (!token.endsWith(verb)) return false
  return expression === undefined || expression.test(verb === '' ? token : token.slice(0, -verb.length))
}
