import { type FieldPath, fieldPath } from '../../meta/field/index.js'

/** Where a walk over a value is. One trail serves the whole walk: it costs nothing until somebody asks for the path. */
export class FieldTrail {
  readonly #segments: (string | number)[] = []

  enter(segment: string | number): void {
    this.#segments.push(segment)
  }

  leave(): void {
    this.#segments.pop()
  }

  /** `spec.items[0].name`; `''` at the root. */
  toString(): string {
    let path = ''
    for (const segment of this.#segments) {
      if (typeof segment === 'number') path += `[${segment}]`
      else path += path === '' ? segment : `.${segment}`
    }
    return path
  }

  /** The path for a field error; undefined (printed `<nil>`) at the root. */
  path(): FieldPath | undefined {
    let path: FieldPath | undefined
    for (const segment of this.#segments) {
      const name = typeof segment === 'number' ? `[${segment}]` : segment
      if (path === undefined) path = fieldPath(name)
      else path = typeof segment === 'number' ? path.index(segment) : path.child(segment)
    }
    return path
  }
}
