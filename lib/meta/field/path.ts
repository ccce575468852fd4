/**
 * The path of a field, built downwards and printed as `spec.ports[0].name`.
 *
 * @example
 * ```ts
 * fieldPath('spec', 'ports').index(0).child('name').toString() // spec.ports[0].name
 * ```
 */
export class FieldPath {
  private constructor(
    private readonly parent: FieldPath | undefined,
    private readonly segment: string,
    private readonly subscript: boolean,
  ) {}

  /** @internal Use {@link fieldPath}. */
  static root(name: string): FieldPath {
    return new FieldPath(undefined, name, false)
  }

  /** The path of a named field below this one. */
  child(name: string, ...more: readonly string[]): FieldPath {
    return more.reduce<FieldPath>((path, next) => new FieldPath(path, next, false), new FieldPath(this, name, false))
  }

  /** The path of an element of this list. */
  index(position: number): FieldPath {
    return new FieldPath(this, String(position), true)
  }

  /** The path of a value of this map. */
  key(name: string): FieldPath {
    return new FieldPath(this, name, true)
  }

  toString(): string {
    const segments: string[] = []
    for (let path: FieldPath | undefined = this; path !== undefined; path = path.parent) {
      segments.push(path.subscript ? `[${path.segment}]` : path.parent ? `.${path.segment}` : path.segment)
    }
    return segments.reverse().join('')
  }
}

/** Starts a path at the object's root. */
export function fieldPath(name: string, ...more: readonly string[]): FieldPath {
  const root = FieldPath.root(name)
  const [next, ...rest] = more
  return next === undefined ? root : root.child(next, ...rest)
}
