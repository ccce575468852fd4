import type { Jsr311Expression } from './jsr311-expression.js'

/** What an index finds: an expression and what stands behind it. */
export interface Jsr311Entry<T> {
  readonly expression: Jsr311Expression
  readonly value: T
  /** Its place among all entries, the one to be taken first. */
  rank: number
}

class Jsr311Node<T> {
  readonly texts = new Map<string, Jsr311Node<T>>()
  any: Jsr311Node<T> | undefined
  /** Entries of which every token is behind. */
  readonly ends: Jsr311Entry<T>[] = []
  /** Entries whose expression must be run. */
  readonly open: Jsr311Entry<T>[] = []
}

/** Expressions by their segments: a path meets only those that begin as it does. */
export class Jsr311Index<T> {
  readonly #root = new Jsr311Node<T>()
  readonly #accepts: (rest: string) => boolean

  /**
   * @param ordered the entries, the one to be taken first at the front.
   * @param accepts which rests of a path are allowed.
   */
  constructor(ordered: readonly { expression: Jsr311Expression; value: T }[], accepts: (rest: string) => boolean) {
    this.#accepts = accepts
    for (const [rank, entry] of ordered.entries()) this.#insert({ ...entry, rank })
  }

  /** All entries that match a path, the one to be taken first at the front. */
  find(path: string): Jsr311Entry<T>[] {
    const found: Jsr311Entry<T>[] = []
    this.#collect(this.#root, path, 0, found)
    return found.length > 1 ? found.sort((a, b) => a.rank - b.rank) : found
  }

  #insert(entry: Jsr311Entry<T>): void {
    let node = this.#root
    for (const text of entry.expression.segments) {
      if (text === undefined) {
        node.any ??= new Jsr311Node()
        node = node.any
      } else {
        const next: Jsr311Node<T> = node.texts.get(text) ?? new Jsr311Node()
        node.texts.set(text, next)
        node = next
      }
    }
    if (entry.expression.aligned) node.ends.push(entry)
    else node.open.push(entry)
  }

  /** @param at where the next slash must stand. */
  #collect(node: Jsr311Node<T>, path: string, at: number, found: Jsr311Entry<T>[]): void {
    if (node.ends.length > 0 && this.#accepts(path.slice(at))) found.push(...node.ends)
    for (const entry of node.open) {
      const rest = entry.expression.exec(path)?.at(-1)
      if (rest !== undefined && this.#accepts(rest)) found.push(entry)
    }
    if (path[at] !== '/') return
    const slash = path.indexOf('/', at + 1)
    const end = slash === -1 ? path.length : slash
    const segment = path.slice(at + 1, end)
    const same = node.texts.get(segment)
    if (same !== undefined) this.#collect(same, path, end, found)
    if (node.any !== undefined && segment !== '') this.#collect(node.any, path, end, found)
  }
}
