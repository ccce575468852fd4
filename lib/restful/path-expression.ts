import { RegexpProgram } from './regexp-program.js'
import { parseRegexp } from './regexp-syntax.js'

/**
 * Longest path segment a parameter's expression is tested against, in UTF-16 units. Expressions run in linear time, so
 * this bounds the work of one request; a longer segment does not match. Expressions of more than a hundred instructions
 * have a lower bound, see RegexpProgram.
 */
const MAX_SEGMENT_LENGTH = 4096

/** The expression of a path parameter, as in `{id:[0-9]+}`, in Go's syntax and unanchored. */
export class PathExpression {
  readonly #program: RegexpProgram

  /** @throws SyntaxError when the expression is malformed. */
  constructor(readonly source: string) {
    this.#program = new RegexpProgram(parseRegexp(source))
  }

  test(segment: string): boolean {
    return segment.length <= MAX_SEGMENT_LENGTH && this.#program.test(segment)
  }
}
