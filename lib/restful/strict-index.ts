import { type StrictToken, WEIGHT } from './strict-token.js'

/** A template, with whatever stands behind it. */
export interface StrictEntry {
  readonly tokens: readonly StrictToken[]
}

/** An entry in its place: lower levels first, then lower ranks. Entries of one level are equally specific. */
export type RankedEntry<T> = T & { readonly rank: number; readonly level: number }

class StrictNode<T> {
  readonly texts = new Map<string, StrictNode<T>>()
  readonly patterns = new Map<
    string,
    { readonly token: StrictToken & { kind: 'pattern' }; readonly node: StrictNode<T> }
  >()
  any: StrictNode<T> | undefined
  readonly ends: RankedEntry<T>[] = []
  readonly rests: RankedEntry<T>[] = []

  child(token: Exclude<StrictToken, { kind: 'rest' }>): StrictNode<T> {
    if (token.kind === 'any') {
      this.any ??= new StrictNode()
      return this.any
    }
    if (token.kind === 'text') {
      const node = this.texts.get(token.text) ?? new StrictNode<T>()
      this.texts.set(token.text, node)
      return node
    }
    const edge = this.patterns.get(token.text) ?? { token, node: new StrictNode<T>() }
    this.patterns.set(token.text, edge)
    return edge.node
  }
}

/** Templates by their tokens; every one that matches a path is found, the most specific first. */
export class StrictIndex<T extends StrictEntry> {
  readonly #root = new StrictNode<T>()
  readonly #prefixes: boolean

  /** @param prefixes whether a template also matches the paths below it. */
  constructor(entries: readonly T[], prefixes: boolean) {
    this.#prefixes = prefixes
    const ordered = [...entries].sort((a, b) => compareTokens(a.tokens, b.tokens))
    let level = 0
    for (const [rank, entry] of ordered.entries()) {
      if (rank > 0 && compareTokens(ordered[rank - 1]!.tokens, entry.tokens) !== 0) level = rank
      this.#insert({ ...entry, rank, level })
    }
  }

  find(segments: readonly string[]): RankedEntry<T>[] {
    const found: RankedEntry<T>[] = []
    this.#collect(this.#root, segments, 0, found)
    return found.length > 1 ? found.sort((a, b) => a.rank - b.rank) : found
  }

  #insert(entry: RankedEntry<T>): void {
    let node = this.#root
    for (const token of entry.tokens) {
      if (token.kind === 'rest') {
        node.rests.push(entry)
        return
      }
      node = node.child(token)
    }
    node.ends.push(entry)
  }

  #collect(node: StrictNode<T>, segments: readonly string[], at: number, found: RankedEntry<T>[]): void {
    const segment = segments[at]
    if (segment === undefined || this.#prefixes) for (const entry of node.ends) found.push(entry)
    if (segment === undefined) return
    if (segment !== '' || at < segments.length - 1) for (const entry of node.rests) found.push(entry)
    const same = node.texts.get(segment)
    if (same !== undefined) this.#collect(same, segments, at + 1, found)
    if (segment === '') return
    for (const { token, node: next } of node.patterns.values()) {
      if (token.pattern.values(segment) !== undefined) this.#collect(next, segments, at + 1, found)
    }
    if (node.any !== undefined) this.#collect(node.any, segments, at + 1, found)
  }
}

// The first token that differs decides; a template that goes on is more specific than one that ends.
function compareTokens(a: readonly StrictToken[], b: readonly StrictToken[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = weightAt(b, i) - weightAt(a, i)
    if (difference !== 0) return difference
  }
  return 0
}

function weightAt(tokens: readonly StrictToken[], i: number): number {
  const token = tokens[i]
  return token === undefined ? -1 : WEIGHT[token.kind]
}
