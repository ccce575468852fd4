import { curlyToken } from './curly-token.js'
import type { PathExpression } from './path-expression.js'
import { tokenizePath } from './path-tokens.js'
import type { RoutingOptions } from './route-selector.js'

/** The services that share the first tokens of their roots. */
class ServiceNode {
  readonly statics = new Map<string, ServiceNode>()
  any: ServiceNode | undefined
  readonly expressions: {
    readonly source: string
    readonly test: PathExpression | true
    readonly node: ServiceNode
  }[] = []
  /** The number of the first registered with this root. */
  service = -1
}

/**
 * The services by the tokens of their roots. The highest score wins, then the first registered: the i-th of n tokens
 * scores (n-i)*10 for the same text and 1 for a parameter, and 1 more when the parameter's expression matches; an
 * expression that does not match costs nothing else.
 */
export class CurlyServiceIndex {
  readonly #root = new ServiceNode()
  #best = -1
  #bestScore = 0

  constructor(roots: readonly string[], options: RoutingOptions) {
    for (const [number, root] of roots.entries()) this.#insert(root, number, options)
  }

  /** The number of the service that takes a path; -1 when none does. */
  select(tokens: readonly string[]): number {
    this.#best = -1
    this.#bestScore = -1
    this.#walk(this.#root, tokens, 0, 0, 0, 0)
    return this.#best
  }

  #insert(root: string, number: number, { trimRightSlash }: RoutingOptions): void {
    let node = this.#root
    for (const token of tokenizePath(root, trimRightSlash)) node = child(node, token)
    if (node.service === -1) node.service = number
  }

  /** @param texts how many tokens so far were equal texts; @param places the sum of their indices. */
  #walk(node: ServiceNode, tokens: readonly string[], at: number, texts: number, places: number, ones: number): void {
    if (node.service !== -1) this.#consider(node.service, (texts * at - places) * 10 + ones)
    const token = tokens[at]
    if (token === undefined) return
    const same = node.statics.get(token)
    if (token === '') {
      if (same !== undefined) this.#walk(same, tokens, at + 1, texts, places, ones + 1)
      return
    }
    if (same !== undefined) this.#walk(same, tokens, at + 1, texts + 1, places + at, ones)
    if (node.any !== undefined) this.#walk(node.any, tokens, at + 1, texts, places, ones + 1)
    for (const { test, node: next } of node.expressions) {
      const matches = test === true || test.test(token)
      this.#walk(next, tokens, at + 1, texts, places, ones + (matches ? 2 : 1))
    }
  }

  #consider(service: number, score: number): void {
    const wins = score > this.#bestScore || (score === this.#bestScore && service < this.#best)
    if (!wins) return
    this.#best = service
    this.#bestScore = score
  }
}

function child(node: ServiceNode, text: string): ServiceNode {
  const token = curlyToken(text, false)
  if (token.kind === 'static') {
    const next = node.statics.get(text) ?? new ServiceNode()
    node.statics.set(text, next)
    return next
  }
  const plain = token.kind === 'never' || (token.kind === 'parameter' && token.expression === undefined)
  if (plain) {
    node.any ??= new ServiceNode()
    return node.any
  }
  const test = token.kind === 'parameter' ? token.expression! : true
  const source = test === true ? '*' : test.source
  const same = node.expressions.find((each) => each.source === source)
  if (same !== undefined) return same.node
  const next = new ServiceNode()
  node.expressions.push({ source, test, node: next })
  return next
}
