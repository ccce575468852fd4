import { type Path, type PathElement, sortElements } from './path-element.js'

const NO_CHILDREN: ReadonlyMap<PathElement, FieldSet> = new Map()

/**
 * A set of paths into an object, as a trie: what a manager owns, what a write changed (KEP-555). Immutable, and no branch
 * of it is empty. A path may be in the set without its parents or its children being there.
 */
export class FieldSet {
  static readonly EMPTY = new FieldSet(false, NO_CHILDREN)
  /** The path itself and nothing below it. */
  static readonly LEAF = new FieldSet(true, NO_CHILDREN)

  private constructor(
    /** Whether the path that leads here is in the set. */
    readonly member: boolean,
    readonly children: ReadonlyMap<PathElement, FieldSet>,
  ) {}

  /** @param children without empty ones; not to be changed afterwards */
  static of(member: boolean, children: ReadonlyMap<PathElement, FieldSet>): FieldSet {
    if (children.size === 0) return member ? FieldSet.LEAF : FieldSet.EMPTY
    return new FieldSet(member, children)
  }

  /** The set of some paths. */
  static ofPaths(...paths: readonly Path[]): FieldSet {
    return paths.reduce<FieldSet>((set, path) => set.union(FieldSet.ofPath(path)), FieldSet.EMPTY)
  }

  private static ofPath(path: Path): FieldSet {
    return path.reduceRight<FieldSet>((set, element) => new FieldSet(false, new Map([[element, set]])), FieldSet.LEAF)
  }

  get isEmpty(): boolean {
    return !this.member && this.children.size === 0
  }

  /** The part below one step; empty if there is none. */
  at(element: PathElement): FieldSet {
    return this.children.get(element) ?? FieldSet.EMPTY
  }

  has(path: Path): boolean {
    return path.reduce<FieldSet>((set, element) => set.at(element), this).member
  }

  asMember(member = true): FieldSet {
    return member === this.member ? this : FieldSet.of(member, this.children)
  }

  union(other: FieldSet): FieldSet {
    if (other === this || other.isEmpty) return this
    if (this.isEmpty) return other
    if (other.children.size === 0) return this.asMember()
    const children = new Map(this.children)
    for (const [element, theirs] of other.children) children.set(element, this.at(element).union(theirs))
    return FieldSet.of(this.member || other.member, children)
  }

  intersection(other: FieldSet): FieldSet {
    if (other === this) return this
    const [few, many] = this.children.size <= other.children.size ? [this, other] : [other, this]
    const children = new Map<PathElement, FieldSet>()
    for (const [element, mine] of few.children) put(children, element, mine.intersection(many.at(element)))
    return FieldSet.of(this.member && other.member, children)
  }

  /** Without exactly the other's paths: what lies below one of them stays. */
  difference(other: FieldSet): FieldSet {
    return without(this, other, (mine, theirs) => mine.difference(theirs)).asMember(this.member && !other.member)
  }

  /** Without the other's paths and everything below them. */
  recursiveDifference(other: FieldSet): FieldSet {
    if (other.member) return FieldSet.EMPTY
    return without(this, other, (mine, theirs) => mine.recursiveDifference(theirs))
  }

  equals(other: FieldSet): boolean {
    if (this === other) return true
    if (this.member !== other.member || this.children.size !== other.children.size) return false
    for (const [element, mine] of this.children) {
      const theirs = other.children.get(element)
      if (theirs === undefined || !mine.equals(theirs)) return false
    }
    return true
  }

  /** All paths in Kubernetes' order: on each level first the ones that end there. */
  *paths(prefix: Path = []): Generator<Path> {
    const elements = sortElements([...this.children.keys()])
    for (const element of elements) if (this.at(element).member) yield [...prefix, element]
    for (const element of elements) yield* this.at(element).paths([...prefix, element])
  }
}

/** Puts a branch where it stands, unless it is empty. */
export function put(children: Map<PathElement, FieldSet>, element: PathElement, set: FieldSet): void {
  if (!set.isEmpty) children.set(element, set)
}

function without(set: FieldSet, other: FieldSet, remainder: (mine: FieldSet, theirs: FieldSet) => FieldSet): FieldSet {
  let children: Map<PathElement, FieldSet> | undefined
  for (const [element, theirs] of other.children) {
    const mine = set.children.get(element)
    if (mine === undefined) continue
    const rest = remainder(mine, theirs)
    if (rest === mine) continue
    children ??= new Map(set.children)
    if (rest.isEmpty) children.delete(element)
    else children.set(element, rest)
  }
  return children === undefined ? set : FieldSet.of(set.member, children)
}
