import type { CurlyRoute } from './curly-route.js'
import { type CurlyToken, curlyToken } from './curly-token.js'
import type { PathExpression } from './path-expression.js'

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

/** Routes by their tokens: a path meets only the routes that begin as it does. */
export class CurlyRouteIndex<C> {
  readonly #root = new CurlyNode<C>()

  constructor(routes: readonly CurlyRoute<C>[]) {
    for (const route of routes) this.#insert(route)
  }

  /** All routes that match the tokens of a path, in no order. */
  collect(tokens: readonly string[]): CurlyRoute<C>[] {
    const found: CurlyRoute<C>[] = []
    collect(this.#root, tokens, 0, found)
    return found
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
