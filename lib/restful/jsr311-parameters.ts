import type { Jsr311Expression } from './jsr311-expression.js'
import type { PathParameters } from './path-parameters.js'

/** Runs the expressions of service and route again, when a parameter is asked for. */
export class Jsr311PathParameters implements PathParameters {
  readonly #path: string
  readonly #service: Jsr311Expression
  readonly #route: Jsr311Expression
  #values: Map<string, string> | undefined

  constructor(path: string, service: Jsr311Expression, route: Jsr311Expression) {
    this.#path = path
    this.#service = service
    this.#route = route
  }

  get(name: string): string | undefined {
    this.#values ??= this.all()
    return this.#values.get(name)
  }

  all(): Map<string, string> {
    const values = new Map<string, string>()
    const groups = this.#service.exec(this.#path) ?? []
    assign(values, this.#service.names, groups)
    assign(values, this.#route.names, this.#route.exec(groups.at(-1) ?? '') ?? [])
    return values
  }
}

// Names take the groups in their order: a group inside an expression moves all names behind it, as recorded.
function assign(values: Map<string, string>, names: readonly string[], groups: readonly string[]): void {
  for (const [i, name] of names.entries()) values.set(name, groups[i] ?? '')
}
