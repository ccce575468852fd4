import { randomUUID } from 'node:crypto'
import type { Context } from '../meta/context.js'
import { badRequest, invalid } from '../meta/errors.js'
import type { FieldError } from '../meta/field/index.js'
import { generateName } from '../meta/names/generate.js'
import { formatTime } from '../meta/time.js'
import type { GroupVersionKind, KubeObject, ManagedFieldsEntry } from '../meta/types.js'
import { validateObjectMeta, validateObjectMetaUpdate } from '../meta/validation/index.js'
import type { Steps } from '../runtime/steps.js'
import type { Strategy } from './strategy.js'
import { restoreUnchanged } from './unchanged.js'

const NAMESPACE_MISMATCH = 'the namespace of the provided object does not match the namespace sent on the request'

/** Gives the object the namespace of the request, or refuses one of its own. Cluster-scoped objects lose theirs. */
export function ensureNamespaceMatches(object: KubeObject, namespace: string, namespaced: boolean): void {
  const { metadata } = object
  if (!namespaced) {
    delete metadata.namespace
    return
  }
  if (metadata.namespace === undefined || metadata.namespace === '') metadata.namespace = namespace
  else if (metadata.namespace !== namespace) throw badRequest(NAMESPACE_MISMATCH)
}

/** Takes from a new object what only the server may say; done early, so that nobody comes to own it. */
export function wipeObjectMetaSystemFields({ metadata }: KubeObject): void {
  delete metadata.creationTimestamp
  delete metadata.uid
  delete metadata.deletionTimestamp
  delete metadata.deletionGracePeriodSeconds
}

/** Says of a new object what only the server may say. */
export function fillObjectMetaSystemFields(object: KubeObject): void {
  wipeObjectMetaSystemFields(object)
  const { metadata } = object
  metadata.uid = randomUUID()
  metadata.creationTimestamp = formatTime(new Date())
}

/**
 * Completes and checks a new object (Kubernetes' `rest.BeforeCreate`). Pauses after each pass over it.
 *
 * @throws StatusError 422 with every problem found
 */
export function* beforeCreate(
  strategy: Strategy,
  ctx: Context,
  object: KubeObject,
  kind: GroupVersionKind,
  namespace: string,
): Steps<void> {
  const { metadata } = object
  ensureNamespaceMatches(object, namespace, strategy.namespaceScoped)
  strategy.prepareForCreate(ctx, object)
  if (metadata.generateName && !metadata.name) metadata.name = generateName(metadata.generateName)
  const { namespaceScoped: namespaced, validateName } = strategy
  const wrong = strategy.validate(ctx, object)
  yield
  const wrongMetadata = validateObjectMeta(metadata, { namespaced, validateName })
  // A built-in type that is wrong in itself hears nothing of its metadata yet; a custom resource hears of both at once.
  if (strategy.validatesAtOnce) refuse(kind, metadata.name ?? '', [...wrongMetadata, ...wrong])
  refuse(kind, metadata.name ?? '', wrong)
  refuse(kind, metadata.name ?? '', wrongMetadata)
  for (const warning of strategy.warningsOnCreate(ctx, object)) ctx.warn(warning)
  strategy.canonicalize(object)
  yield
}

/**
 * Completes and checks a changed object (Kubernetes' `rest.BeforeUpdate`): what only the server may say stays as it was.
 * Pauses after each pass over it.
 *
 * @throws StatusError 422 with every problem found
 */
export function* beforeUpdate(
  strategy: Strategy,
  ctx: Context,
  object: KubeObject,
  old: KubeObject,
  kind: GroupVersionKind,
  namespace: string,
): Steps<void> {
  // An update made of the stored object may share its metadata, which others read.
  object.metadata = { ...object.metadata }
  const { metadata } = object
  ensureNamespaceMatches(object, namespace, strategy.namespaceScoped)
  keep(object, old, 'generation')
  // Strategies restore metadata as a whole; who owns what was found out before and is part of the write.
  const { managedFields } = metadata
  strategy.prepareForUpdate(ctx, object, old)
  setManagedFields(object, managedFields)
  yield
  if (metadata.deletionGracePeriodSeconds === undefined) keep(object, old, 'deletionGracePeriodSeconds')
  // A deletion cannot be taken back or put off, whatever the client says; one that nobody began is a mistake.
  if (old.metadata.deletionTimestamp !== undefined) keep(object, old, 'deletionTimestamp')
  if (old.metadata.creationTimestamp !== undefined) keep(object, old, 'creationTimestamp')
  if (!metadata.uid) keep(object, old, 'uid')
  const errors = [
    ...validateObjectMeta(object.metadata, {
      namespaced: strategy.namespaceScoped,
      validateName: strategy.validateName,
    }),
    ...validateObjectMetaUpdate(object.metadata, old.metadata),
    ...strategy.validateUpdate(ctx, object, old),
  ]
  refuse(kind, metadata.name ?? '', errors)
  yield
  for (const warning of strategy.warningsOnUpdate(ctx, object, old)) ctx.warn(warning)
  strategy.canonicalize(object)
  restoreUnchanged(object, old)
  yield
}

function setManagedFields(object: KubeObject, managedFields: ManagedFieldsEntry[] | undefined): void {
  if (object.metadata.managedFields === managedFields) return
  const { managedFields: _, ...metadata } = object.metadata
  object.metadata = managedFields === undefined ? metadata : { ...metadata, managedFields }
}

function keep(
  object: KubeObject,
  old: KubeObject,
  field: 'generation' | 'deletionGracePeriodSeconds' | 'deletionTimestamp' | 'creationTimestamp' | 'uid',
): void {
  const value = old.metadata[field]
  if (value === undefined) delete object.metadata[field]
  else object.metadata = { ...object.metadata, [field]: value }
}

function refuse(kind: GroupVersionKind, name: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid(kind, name, errors)
}
