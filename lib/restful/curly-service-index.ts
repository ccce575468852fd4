import { curlyToken } from './curly-token.js'
import type { PathExpression } from './path-expression.js'
import { tokenizePath } from './path-tokens.js'
import type { RoutingOptions } from './route-selector.js'
import type { WebService } from './web-service.js'

/** The services that share the first tokens of their roots. */
class ServiceNode<C> {
  readonly statics = new Map<string, ServiceNode<C>>()
  any: ServiceNode<C> | undefined
  readonly expressions: {
    readonly source: string
    readonly test: PathExpression | true
    readonly node: ServiceNode<C>
  }[] = []
  /** The first registered with this root. */
  service: WebService<C> | undefined
  order = 0
}

/**
 * The services by the tokens of their roots. The highest score wins, then the first registered: the i-th of n tokens
 * scores (n-i)*10 for the same text and 1 for a parameter, and 1 more when the parameter's expression matches; an
 * expression that does not match costs nothing else.
 */
export class CurlyServiceIndex<C> {
  readonly #root = new ServiceNode<C>()
  #best: ServiceNode<C> | undefined
  #bestScore = 0

  constructor(services: readonly WebService<C>[], options: RoutingOptions) {
    for (const [order, service] of services.entries()) this.#insert(service, order, options)
  }

  /** The service that takes a path; undefined when none does. */
  select(tokens: readonly string[]): WebService<C> | undefined {
    this.#best = undefined
    this.#bestScore = -1
    this.#walk(this.#root, tokens, 0, 0, 0, 0)
    return (this.#best as ServiceNode<C> | undefined)?.service
  }

  #insert(service: WebService<C>, order: number, { trimRightSlash }: RoutingOptions): void {
    let node = this.#root
    for (const token of tokenizePath(service.rootPath(), trimRightSlash)) node = child(node, token)
    if (node.service !== undefined) return
    node.service = service
    node.order = order
  }

  /** @param texts how many tokens so far were equal texts; @param places the sum of their indices. */
  #walk(
    node: ServiceNode<C>,
    tokens: readonly string[],
    at: number,
    texts: number,
    places: number,
    ones: number,
  ): void {
    if (node.service !== undefined) this.#consider(node, (texts * at - places) * 10 + ones)
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

  #consider(node: ServiceNode<C>, score: number): void {
    const wins = score > this.#bestScore || (score === this.#bestScore && node.order < this.#best!.order)
    if (!wins) return
    this.#best = node
    this.#bestScore = score
  }
}

function child<C>(node: ServiceNode<C>, text: string): ServiceNode<C> {
  const token = curlyToken(text, false)
  if (token.kind === 'static') {
    const next = node.statics.get(text) ?? new ServiceNode<C>()
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
  const next = new ServiceNode<C>()
  node.expressions.push({ source, test, node: next })
  return next
}
