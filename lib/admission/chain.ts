import type { Context } from '../meta/context.js'
import type { Attributes, Operation } from './attributes.js'
import type { AdmissionPlugin } from './plugin.js'

const OPERATIONS: readonly unknown[] = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] satisfies Operation[]

/** Asks plugins in their order; the first refusal ends it. */
export class AdmissionChain {
  readonly #mutating = new Map<Operation, AdmissionPlugin[]>()
  readonly #validating = new Map<Operation, AdmissionPlugin[]>()

  /** @throws Error for two plugins of one name, and for one that does nothing or handles what there is not. */
  constructor(plugins: readonly AdmissionPlugin[]) {
    const names = new Set<string>()
    for (const plugin of plugins) {
      if (names.has(plugin.name)) throw new Error(`admission plugin ${plugin.name} is registered twice`)
      if (!plugin.admit && !plugin.validate)
        throw new Error(`admission plugin ${plugin.name} neither admits nor validates`)
      if (!Array.isArray(plugin.handles) || plugin.handles.some((operation) => !OPERATIONS.includes(operation)))
        throw new Error(`admission plugin ${plugin.name} must say what it handles, a list of ${OPERATIONS.join(', ')}`)
      names.add(plugin.name)
      for (const operation of plugin.handles) {
        if (plugin.admit) push(this.#mutating, operation, plugin)
        if (plugin.validate) push(this.#validating, operation, plugin)
      }
    }
  }

  /** Whether a mutating plugin wants to see this operation. */
  mutates(operation: Operation): boolean {
    return this.#mutating.has(operation)
  }

  validates(operation: Operation): boolean {
    return this.#validating.has(operation)
  }

  async admit(ctx: Context, attributes: Attributes): Promise<void> {
    for (const plugin of this.#mutating.get(attributes.operation) ?? []) await plugin.admit?.(ctx, attributes)
  }

  async validate(ctx: Context, attributes: Attributes): Promise<void> {
    for (const plugin of this.#validating.get(attributes.operation) ?? []) await plugin.validate?.(ctx, attributes)
  }
}

function push(plugins: Map<Operation, AdmissionPlugin[]>, operation: Operation, plugin: AdmissionPlugin): void {
  const list = plugins.get(operation)
  if (list) list.push(plugin)
  else plugins.set(operation, [plugin])
}
