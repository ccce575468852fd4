import * as field from '../field/index.js'
import { type FieldError, type FieldErrorList, type FieldPath, MAX_FIELD_ERRORS } from '../field/index.js'
import { goSyntax } from '../go/syntax.js'
import { isQualifiedName } from './names.js'

/** Finalizer of an object whose dependents are to lose their owner. */
export const FINALIZER_ORPHAN_DEPENDENTS = 'orphan'

/** Finalizer of an object whose dependents are deleted before it. */
export const FINALIZER_DELETE_DEPENDENTS = 'foregroundDeletion'

/** Checks finalizers: qualified names, and not both ways of handling dependents at once. */
export function validateFinalizers(finalizers: readonly string[] | undefined, path: FieldPath): FieldErrorList {
  if (finalizers === undefined || finalizers === null) return []
  if (!Array.isArray(finalizers)) return [field.typeInvalid(path, finalizers, 'must be a list of strings')]
  const errors: FieldError[] = []
  for (const finalizer of finalizers as readonly unknown[]) {
    if (errors.length >= MAX_FIELD_ERRORS) break
    if (typeof finalizer !== 'string') errors.push(field.typeInvalid(path, finalizer, 'must be a string'))
    else errors.push(...isQualifiedName(finalizer).map((message) => field.invalid(path, finalizer, message)))
  }
  if (finalizers.includes(FINALIZER_ORPHAN_DEPENDENTS) && finalizers.includes(FINALIZER_DELETE_DEPENDENTS)) {
    const both = `finalizer ${FINALIZER_ORPHAN_DEPENDENTS} and ${FINALIZER_DELETE_DEPENDENTS} cannot be both set`
    errors.push(field.invalid(path, finalizers, both))
  }
  return errors
}

/** Of an object that is being deleted finalizers can only go. */
export function validateNoNewFinalizers(
  finalizers: readonly string[] | undefined,
  old: readonly string[] | undefined,
  path: FieldPath,
): FieldErrorList {
  if (!Array.isArray(finalizers)) return []
  const known = new Set(Array.isArray(old) ? old : [])
  const texts = (finalizers as readonly unknown[]).filter((finalizer) => typeof finalizer === 'string')
  const added = [...new Set(texts)].filter((finalizer) => !known.has(finalizer)).sort()
  if (added.length === 0) return []
  const detail = 'no new finalizers can be added if the object is being deleted, found new finalizers'
  return [field.forbidden(path, `${detail} ${goSyntax(added)}`)]
}
