import type { Context } from '../meta/context.js'
import type { FieldError } from '../meta/field/index.js'
import type { KubeObject } from '../meta/types.js'
import type { NameValidator } from '../meta/validation/index.js'

/**
 * What makes one kind's writes different from another's (Kubernetes' create, update and delete strategies in one).
 * Objects come in internal form; `prepare…` and `canonicalize` may change the new one, nothing may change the old one.
 */
export interface Strategy {
  readonly namespaceScoped: boolean
  readonly validateName: NameValidator
  /** A PUT of a name that does not exist makes it. */
  readonly allowCreateOnUpdate: boolean
  /** A PUT without resourceVersion overwrites whatever stands there. */
  readonly allowUnconditionalUpdate: boolean

  /** Top-level fields that writes here cannot change, so that their writers do not come to own them. Default: none. */
  readonly resetFields?: readonly string[]

  /** Whether a create is told what is wrong in its metadata and in the rest at once, as of custom resources. Default false. */
  readonly validatesAtOnce?: boolean

  prepareForCreate(ctx: Context, object: KubeObject): void
  validate(ctx: Context, object: KubeObject): readonly FieldError[]
  warningsOnCreate(ctx: Context, object: KubeObject): readonly string[]

  prepareForUpdate(ctx: Context, object: KubeObject, old: KubeObject): void
  validateUpdate(ctx: Context, object: KubeObject, old: KubeObject): readonly FieldError[]
  warningsOnUpdate(ctx: Context, object: KubeObject, old: KubeObject): readonly string[]

  /** Brings equal objects to one form after validation. */
  canonicalize(object: KubeObject): void

  /** Seconds that a deletion is announced before it happens; undefined = such objects go at once. */
  gracePeriodSeconds?(object: KubeObject, asked: number | undefined): number
}
