import type { PathParameters } from './path-parameters.js'
import type { StrictToken } from './strict-token.js'

/** Reads parameters from the segments of a path when they are asked for. */
export class StrictPathParameters implements PathParameters {
  readonly #segments: readonly string[]
  readonly #tokens: readonly StrictToken[]
  #values: ReadonlyMap<string, string> | undefined

  constructor(segments: readonly string[], tokens: readonly StrictToken[]) {
    this.#segments = segments
    this.#tokens = tokens
  }

  get(name: string): string | undefined {
    this.#values ??= this.all()
    return this.#values.get(name)
  }

  all(): Map<string, string> {
    const all = new Map<string, string>()
    for (const [i, token] of this.#tokens.entries()) {
      const segment = this.#segments[i] ?? ''
      if (token.kind === 'any') all.set(token.name, segment)
      else if (token.kind === 'rest') all.set(token.name, this.#segments.slice(i).join('/'))
      else if (token.kind === 'pattern') {
        const values = token.pattern.values(segment) ?? []
        for (const [n, name] of token.pattern.names.entries()) all.set(name, values[n] ?? '')
      }
    }
    return all
  }
}
