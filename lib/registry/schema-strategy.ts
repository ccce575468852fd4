import type { FieldError } from '../meta/field/index.js'
import type { KubeObject } from '../meta/types.js'
import { dnsSubdomainName, type NameValidator } from '../meta/validation/index.js'
import { deepEqual } from '../runtime/json/index.js'
import type { KindVersion } from '../runtime/kind.js'
import type { Strategy } from './strategy.js'

export interface SchemaStrategyOptions {
  readonly namespaced: boolean
  /** The version whose schema is validated: the one that is stored. */
  readonly storageVersion: KindVersion
  readonly validateName?: NameValidator
  /** Whether `metadata.generation` counts changes of what is wanted. Default true, as for custom resources. */
  readonly generation?: boolean
  /** Whether status is written through its own subresource, and only there. */
  readonly statusSubresource?: boolean
  readonly allowCreateOnUpdate?: boolean
  readonly allowUnconditionalUpdate?: boolean
  readonly validate?: ((object: KubeObject) => readonly FieldError[] | undefined) | undefined
  readonly validateUpdate?: ((object: KubeObject, old: KubeObject) => readonly FieldError[] | undefined) | undefined
  readonly warnings?: ((object: KubeObject) => readonly string[] | undefined) | undefined
}

const NONE: readonly never[] = []

/**
 * The strategy of a kind that is described by a schema. Fills in the stored version's defaults where that version is the internal
 * form and not `typed`; what is read is not given any that came later.
 */
export function schemaStrategy(options: SchemaStrategyOptions): Strategy {
  const { storageVersion, generation = true, statusSubresource = false } = options
  // What a schema finds wrong, other checks need not be asked about: they may rely on it.
  const check = (object: KubeObject): readonly FieldError[] => {
    const structural = storageVersion.schema.validate(storageVersion.fromInternal(object))
    return structural.length > 0 ? structural : (options.validate?.(object) ?? NONE)
  }
  // A write in another version was given that version's defaults: what is stored has the stored version's, too.
  const applyDefaults = (object: KubeObject): void => {
    if (storageVersion.converts || storageVersion.typed) return
    storageVersion.schema.applyDefaults(object)
    storageVersion.applyDefaults(object)
  }
  return {
    namespaceScoped: options.namespaced,
    validateName: options.validateName ?? dnsSubdomainName,
    allowCreateOnUpdate: options.allowCreateOnUpdate ?? false,
    allowUnconditionalUpdate: options.allowUnconditionalUpdate ?? false,
    resetFields: statusSubresource ? ['status'] : [],
    validatesAtOnce: !storageVersion.typed,
    prepareForCreate(_ctx, object) {
      if (statusSubresource) delete object.status
      applyDefaults(object)
      if (generation) object.metadata.generation = 1
    },
    validate: (_ctx, object) => check(object),
    warningsOnCreate: (_ctx, object) => options.warnings?.(object) ?? NONE,
    prepareForUpdate(_ctx, object, old) {
      if (statusSubresource) restore(object, old, 'status')
      applyDefaults(object)
      if (generation && !sameIntent(object, old, statusSubresource))
        object.metadata.generation = (old.metadata.generation ?? 0) + 1
    },
    validateUpdate: (_ctx, object, old) => [...check(object), ...(options.validateUpdate?.(object, old) ?? NONE)],
    warningsOnUpdate: (_ctx, object) => options.warnings?.(object) ?? NONE,
    canonicalize() {},
  }
}

/** The strategy of `…/status`: everything but status stays as it is. */
export function statusStrategy(main: Strategy, storageVersion: KindVersion): Strategy {
  return {
    ...main,
    allowCreateOnUpdate: false,
    prepareForUpdate(_ctx, object, old) {
      for (const field of new Set([...Object.keys(object), ...Object.keys(old)])) {
        if (field !== 'status' && field !== 'metadata') restore(object, old, field)
      }
      const { labels, annotations, finalizers, ownerReferences, ...metadata } = object.metadata
      object.metadata = {
        ...old.metadata,
        ...(metadata.resourceVersion ? { resourceVersion: metadata.resourceVersion } : {}),
      }
    },
    validateUpdate: (_ctx, object) => storageVersion.schema.validate(storageVersion.fromInternal(object)),
  }
}

function restore(object: KubeObject, old: KubeObject, field: string): void {
  if (Object.hasOwn(old, field)) object[field] = old[field]
  else delete object[field]
}

/** Whether an update leaves what is wanted as it was: everything but metadata and, with its own subresource, status. */
function sameIntent(object: KubeObject, old: KubeObject, statusSubresource: boolean): boolean {
  return deepEqual(intentOf(object, statusSubresource), intentOf(old, statusSubresource))
}

function intentOf(object: KubeObject, statusSubresource: boolean): Record<string, unknown> {
  const { apiVersion: _apiVersion, kind: _kind, metadata: _metadata, ...intent } = object
  if (statusSubresource) delete intent.status
  return intent
}
