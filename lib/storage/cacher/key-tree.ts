import { compareKeys, hasSurrogates } from '../kv/compare-keys.js'

/** Entries of a leaf, children of a branch. */
const MAX_FANOUT = 64
const HALF = MAX_FANOUT / 2

/** Who may change a node in place: a snapshot makes all nodes foreign, so that the next change copies them. */
type Owner = object

interface Leaf<V> {
  readonly owner: Owner
  readonly keys: string[]
  readonly values: V[]
}

interface Branch<V> {
  readonly owner: Owner
  /** The least key below each child. */
  readonly keys: string[]
  readonly children: Node<V>[]
  size: number
}

type Node<V> = Leaf<V> | Branch<V>

const isLeaf = <V>(node: Node<V>): node is Leaf<V> => 'values' in node
const sizeOf = <V>(node: Node<V>): number => (isLeaf(node) ? node.keys.length : node.size)

type Compare = (a: string, b: string) => number
const byUnits: Compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0)

/** Where `key` stands among `keys`, or would stand. */
function lowerBound(keys: readonly string[], key: string, compare: Compare): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compare(keys[middle]!, key) < 0) low = middle + 1
    else high = middle
  }
  return low
}

/** The child below which `key` belongs. */
function childOf<V>(branch: Branch<V>, key: string, compare: Compare): number {
  const at = lowerBound(branch.keys, key, compare)
  return at < branch.keys.length && branch.keys[at] === key ? at : Math.max(0, at - 1)
}

/** A state of a {@link KeyTree} that nothing changes any more; costs nothing to take. */
export class KeySnapshot<V> {
  /** @internal */
  constructor(
    private readonly root: Node<V>,
    private readonly compare: Compare,
  ) {}

  /** The state of a tree so small that none is kept. @param keys sorted; nobody changes either array any more */
  static ofFew<V>(keys: readonly string[], values: readonly V[]): KeySnapshot<V> {
    return new KeySnapshot<V>({ owner: keys, keys: keys as string[], values: values as V[] }, compareKeys)
  }

  get size(): number {
    return sizeOf(this.root)
  }

  /** How many keys stand from `start` (inclusive) to `end` (exclusive). */
  count(start: string, end: string): number {
    return this.rank(end) - this.rank(start)
  }

  /** How many keys stand before `key`. */
  rank(key: string): number {
    const compare = hasSurrogates(key) ? compareKeys : this.compare
    let node = this.root
    let before = 0
    while (!isLeaf(node)) {
      const at = childOf(node, key, compare)
      for (let i = 0; i < at; i++) before += sizeOf(node.children[i]!)
      node = node.children[at]!
    }
    return before + lowerBound(node.keys, key, compare)
  }

  /** Values from `start` (inclusive) to `end` (exclusive; undefined = all), in order of their keys. */
  *values(start: string, end?: string): Generator<V, void> {
    for (const { values, from, to } of this.#runs(start, end)) for (let i = from; i < to; i++) yield values[i]!
  }

  /** The same at once, in a fraction of the time. */
  slice(start: string, end?: string): V[] {
    const all: V[] = []
    for (const { values, from, to } of this.#runs(start, end)) for (let i = from; i < to; i++) all.push(values[i]!)
    return all
  }

  /** The parts of leaves that a range is made of. */
  *#runs(start: string, end: string | undefined): Generator<{ values: readonly V[]; from: number; to: number }, void> {
    const compare = hasSurrogates(start) || (end !== undefined && hasSurrogates(end)) ? compareKeys : this.compare
    const path: { branch: Branch<V>; next: number }[] = []
    let node = this.root
    while (!isLeaf(node)) {
      const at = childOf(node, start, compare)
      path.push({ branch: node, next: at + 1 })
      node = node.children[at]!
    }
    let from = lowerBound(node.keys, start, compare)
    for (;;) {
      const { keys, values } = node
      const lastInside = end === undefined || keys.length === 0 || compare(keys[keys.length - 1]!, end) < 0
      const to: number = lastInside ? keys.length : lowerBound(keys, end!, compare)
      yield { values, from, to }
      if (to < keys.length) return
      const following = nextLeaf(path)
      if (!following) return
      node = following
      from = 0
    }
  }
}

function nextLeaf<V>(path: { branch: Branch<V>; next: number }[]): Leaf<V> | undefined {
  while (path.length > 0 && path.at(-1)!.next === path.at(-1)!.branch.children.length) path.pop()
  const last = path.at(-1)
  if (!last) return undefined
  let node = last.branch.children[last.next++]!
  while (!isLeaf(node)) {
    path.push({ branch: node, next: 1 })
    node = node.children[0]!
  }
  return node
}

/**
 * A sorted map from keys to values as a B+ tree that copies what it changes only as far as a snapshot still shows it:
 * lists read a snapshot over many turns of the event loop while writes go on. Knows how many keys stand in any range.
 */
export class KeyTree<V> {
  #root: Node<V>
  #owner: Owner = {}
  #compare: Compare = byUnits
  #shown: KeySnapshot<V> | undefined

  constructor() {
    this.#root = { owner: this.#owner, keys: [], values: [] }
  }

  get size(): number {
    return sizeOf(this.#root)
  }

  /** The present state; the same one until something changes. */
  snapshot(): KeySnapshot<V> {
    if (!this.#shown) {
      this.#owner = {}
      this.#shown = new KeySnapshot(this.#root, this.#compare)
    }
    return this.#shown
  }

  set(key: string, value: V): void {
    if (this.#compare === byUnits && hasSurrogates(key)) this.#compare = compareKeys
    this.#shown = undefined
    this.#root = this.#own(this.#root)
    const split = this.#setIn(this.#root, key, value)
    if (split) this.#root = this.#branchOf([this.#root, split])
  }

  delete(key: string): void {
    if (this.#compare === byUnits && hasSurrogates(key)) return
    this.#shown = undefined
    this.#root = this.#own(this.#root)
    this.#deleteIn(this.#root, key)
    while (!isLeaf(this.#root) && this.#root.children.length === 1) this.#root = this.#root.children[0]!
  }

  #branchOf(children: Node<V>[]): Branch<V> {
    const size = children.reduce((sum, child) => sum + sizeOf(child), 0)
    return { owner: this.#owner, keys: children.map((child) => child.keys[0]!), children, size }
  }

  #own<N extends Node<V>>(node: N): N {
    if (node.owner === this.#owner) return node
    const { owner: _, ...parts } = node as Node<V>
    const copy: Node<V> =
      'values' in parts
        ? { owner: this.#owner, keys: parts.keys.slice(), values: parts.values.slice() }
        : { owner: this.#owner, keys: parts.keys.slice(), children: parts.children.slice(), size: parts.size }
    return copy as N
  }

  /** @returns the right half of a node that had no room. */
  #setIn(node: Node<V>, key: string, value: V): Node<V> | undefined {
    if (isLeaf(node)) {
      const at = lowerBound(node.keys, key, this.#compare)
      if (node.keys[at] === key) node.values[at] = value
      else {
        node.keys.splice(at, 0, key)
        node.values.splice(at, 0, value)
      }
    } else this.#setBelow(node, key, value)
    return node.keys.length > MAX_FANOUT ? this.#split(node) : undefined
  }

  #setBelow(branch: Branch<V>, key: string, value: V): void {
    const at = childOf(branch, key, this.#compare)
    const child = this.#own(branch.children[at]!)
    const before = sizeOf(child)
    const right = this.#setIn(child, key, value)
    branch.children[at] = child
    branch.keys[at] = child.keys[0]!
    branch.size += sizeOf(child) + (right ? sizeOf(right) : 0) - before
    if (!right) return
    branch.keys.splice(at + 1, 0, right.keys[0]!)
    branch.children.splice(at + 1, 0, right)
  }

  #split(node: Node<V>): Node<V> {
    const keys = node.keys.splice(HALF)
    if (isLeaf(node)) return { owner: this.#owner, keys, values: node.values.splice(HALF) }
    const right = this.#branchOf(node.children.splice(HALF))
    node.size -= right.size
    return right
  }

  #deleteIn(node: Node<V>, key: string): void {
    if (isLeaf(node)) {
      const at = lowerBound(node.keys, key, this.#compare)
      if (node.keys[at] !== key) return
      node.keys.splice(at, 1)
      node.values.splice(at, 1)
      return
    }
    const at = childOf(node, key, this.#compare)
    const child = this.#own(node.children[at]!)
    const before = sizeOf(child)
    this.#deleteIn(child, key)
    node.children[at] = child
    node.size += sizeOf(child) - before
    if (child.keys.length === 0) {
      node.keys.splice(at, 1)
      node.children.splice(at, 1)
      return
    }
    node.keys[at] = child.keys[0]!
    if (child.keys.length < HALF / 2) this.#joinNeighbours(node, at)
  }

  /** Joins a small child with the one beside it, when both fit into one. */
  #joinNeighbours(branch: Branch<V>, at: number): void {
    const left = at > 0 ? at - 1 : at
    const a = branch.children[left]
    const b = branch.children[left + 1]
    if (!a || !b || a.keys.length + b.keys.length > MAX_FANOUT - HALF / 2) return
    const joined = this.#own(a)
    joined.keys.push(...b.keys)
    if (isLeaf(joined)) joined.values.push(...(b as Leaf<V>).values)
    else {
      joined.children.push(...(b as Branch<V>).children)
      joined.size += (b as Branch<V>).size
    }
    branch.children[left] = joined
    branch.children.splice(left + 1, 1)
    branch.keys.splice(left + 1, 1)
  }
}
