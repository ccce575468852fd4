import * as field from '../field/index.js'
import { type FieldError, type FieldErrorList, type FieldPath, fieldPath } from '../field/index.js'
import { GoSyntax } from '../go/syntax.js'
import { goTimeText, parseTime } from '../time.js'
import type { ObjectMeta } from '../types.js'
import { validateFinalizers, validateNoNewFinalizers } from './finalizers.js'
import { validateAnnotations, validateLabels } from './labels.js'
import { validateManagedFields } from './managed-fields.js'
import { dnsLabelName, type NameValidator } from './names.js'
import { validateOwnerReferences } from './owner-references.js'

const METADATA = fieldPath('metadata')

/** What a kind demands of its objects' metadata. */
export interface ObjectMetaRules {
  readonly namespaced: boolean
  readonly validateName: NameValidator
}

/**
 * Checks an object's metadata, on create as on update.
 *
 * @example
 * ```ts
 * validateObjectMeta(obj.metadata, { namespaced: true, validateName: dnsSubdomainName })
 * ```
 */
export function validateObjectMeta(
  meta: ObjectMeta,
  rules: ObjectMetaRules,
  path: FieldPath = METADATA,
): FieldErrorList {
  return [
    ...validateName(meta, rules.validateName, path),
    ...validateNamespace(meta.namespace, rules.namespaced, path.child('namespace')),
    ...validateNonnegative(meta.generation, path.child('generation')),
    ...validateLabels(meta.labels, path.child('labels')),
    ...validateAnnotations(meta.annotations, path.child('annotations')),
    ...validateOwnerReferences(meta.ownerReferences, path.child('ownerReferences')),
    ...validateFinalizers(meta.finalizers, path.child('finalizers')),
    ...validateManagedFields(meta.managedFields, path.child('managedFields')),
  ]
}

function validateName(meta: ObjectMeta, validate: NameValidator, path: FieldPath): FieldErrorList {
  const errors: FieldError[] = []
  const { name = '', generateName = '' } = meta
  if (typeof generateName === 'string' && generateName !== '') {
    const generatePath = path.child('generateName')
    errors.push(...validate(generateName, true).map((message) => field.invalid(generatePath, generateName, message)))
  }
  if (typeof name !== 'string' || name === '') {
    errors.push(field.required(path.child('name'), 'name or generateName is required'))
  } else {
    errors.push(...validate(name, false).map((message) => field.invalid(path.child('name'), name, message)))
  }
  return errors
}

function validateNamespace(namespace: string | undefined, namespaced: boolean, path: FieldPath): FieldErrorList {
  const given = typeof namespace === 'string' && namespace !== ''
  if (!namespaced) return given ? [field.forbidden(path, 'not allowed on this type')] : []
  if (!given) return [field.required(path, '')]
  return dnsLabelName(namespace, false).map((message) => field.invalid(path, namespace, message))
}

function validateNonnegative(value: number | undefined, path: FieldPath): FieldErrorList {
  return typeof value === 'number' && value < 0
    ? [field.invalid(path, value, 'must be greater than or equal to 0')]
    : []
}

/**
 * Checks what an update may do to metadata: nothing of the server's may change. Labels, annotations, owner references and
 * managers are checked once more, as the reference does, so that their errors stand twice among the causes.
 *
 * @param meta The new metadata, with what an update may leave out (uid, timestamps, generation) already taken over from `old`.
 */
export function validateObjectMetaUpdate(
  meta: ObjectMeta,
  old: ObjectMeta,
  path: FieldPath = METADATA,
): FieldErrorList {
  const errors: FieldError[] = []
  if (old.deletionTimestamp) {
    errors.push(...validateNoNewFinalizers(meta.finalizers, old.finalizers, path.child('finalizers')))
  }
  if (!meta.resourceVersion) {
    const version = path.child('resourceVersion')
    errors.push(field.invalid(version, meta.resourceVersion ?? '', 'must be specified for an update'))
  }
  const generation = meta.generation ?? 0
  if (typeof generation === 'number' && generation < (old.generation ?? 0)) {
    errors.push(field.invalid(path.child('generation'), generation, 'must not be decremented'))
  }
  errors.push(
    ...validateImmutable(meta.name ?? '', old.name ?? '', path.child('name')),
    ...validateImmutable(meta.namespace ?? '', old.namespace ?? '', path.child('namespace')),
    ...validateImmutable(meta.uid ?? '', old.uid ?? '', path.child('uid')),
    ...validateImmutableTime(meta.creationTimestamp, old.creationTimestamp, path.child('creationTimestamp')),
    ...validateImmutableTime(meta.deletionTimestamp, old.deletionTimestamp, path.child('deletionTimestamp')),
    ...validateImmutable(
      meta.deletionGracePeriodSeconds ?? null,
      old.deletionGracePeriodSeconds ?? null,
      path.child('deletionGracePeriodSeconds'),
    ),
    ...validateLabels(meta.labels, path.child('labels')),
    ...validateAnnotations(meta.annotations, path.child('annotations')),
    ...validateOwnerReferences(meta.ownerReferences, path.child('ownerReferences')),
    ...validateManagedFields(meta.managedFields, path.child('managedFields')),
  )
  return errors
}

/** Refuses a change of a field that is set once. Texts, numbers and booleans only. */
export function validateImmutable(value: unknown, old: unknown, path: FieldPath): FieldErrorList {
  return Object.is(value, old) ? [] : [field.invalid(path, value, 'field is immutable')]
}

/** Two spellings of one instant are the same time. */
function validateImmutableTime(value: string | undefined, old: string | undefined, path: FieldPath): FieldErrorList {
  if (value === old || (!value && !old)) return []
  const time = instantOf(value)
  if (time !== undefined && time.getTime() === instantOf(old)?.getTime()) return []
  return [field.invalid(path, time ? new GoSyntax(goTimeText(time)) : (value ?? null), 'field is immutable')]
}

function instantOf(value: unknown): Date | undefined {
  return typeof value === 'string' ? parseTime(value) : undefined
}
