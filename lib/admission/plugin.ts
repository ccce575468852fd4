import type { Context } from '../meta/context.js'
import type { Attributes, Operation } from './attributes.js'

/**
 * Has a say in every write before it is stored. `admit` may change `attributes.object`, `validate` may only refuse.
 * A refusal is a thrown error: `forbidden(…)` and its siblings reach the client as they are, anything else as a 500.
 *
 * @example
 * ```ts
 * const banFlunder: AdmissionPlugin = {
 *   name: 'BanFlunder',
 *   handles: ['CREATE'],
 *   validate(ctx, { kind, resource, name }) {
 *     if (kind.kind === 'Flunder' && name === 'banned') throw forbidden(resource, name, 'this name may not be used')
 *   },
 * }
 * ```
 */
export interface AdmissionPlugin {
  readonly name: string
  readonly handles: readonly Operation[]
  admit?(ctx: Context, attributes: Attributes): Promise<void> | void
  validate?(ctx: Context, attributes: Attributes): Promise<void> | void
}
