import { elementText, type Path } from './path-element.js'

/** What is wrong with one place of a value. */
export interface TypedProblem {
  readonly path: string
  readonly message: string
}

/** A value that does not have the shape its type says; the message names every place, as Kubernetes words it. */
export class TypedValueError extends Error {
  override readonly name = 'TypedValueError'
  constructor(readonly problems: readonly TypedProblem[]) {
    const lines = problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
    super(lines.length === 1 ? lines[0] : ['errors:', ...lines.map((line) => `  ${line}`)].join('\n'))
  }

  static at(path: Path, message: string): TypedValueError {
    return new TypedValueError([{ path: path.map(elementText).join(''), message }])
  }
}
