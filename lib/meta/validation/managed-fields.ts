import * as field from '../field/index.js'
import { type FieldError, type FieldErrorList, type FieldPath, MAX_FIELD_ERRORS } from '../field/index.js'
import type { ManagedFieldsEntry } from '../types.js'
import { validateFieldManager } from './field-manager.js'

const MAX_SUBRESOURCE_BYTES = 256

/** Checks the shape of managedFields entries (KEP-555); what they own is checked where they are merged. */
export function validateManagedFields(
  entries: readonly ManagedFieldsEntry[] | undefined,
  path: FieldPath,
): FieldErrorList {
  if (entries === undefined || entries === null) return []
  if (!Array.isArray(entries)) return [field.typeInvalid(path, entries, 'must be a list')]
  const errors: FieldError[] = []
  for (const [index, entry] of (entries as readonly ManagedFieldsEntry[]).entries()) {
    if (errors.length >= MAX_FIELD_ERRORS) break
    if (typeof entry === 'object' && entry !== null) errors.push(...validateEntry(entry, path.index(index)))
    else errors.push(field.typeInvalid(path.index(index), entry, 'must be an object'))
  }
  return errors
}

function validateEntry(entry: ManagedFieldsEntry, path: FieldPath): FieldErrorList {
  const errors: FieldError[] = []
  const operation = entry.operation ?? ''
  if (operation !== 'Apply' && operation !== 'Update') {
    errors.push(field.invalid(path.child('operation'), operation, 'must be `Apply` or `Update`'))
  }
  const fieldsType = entry.fieldsType ?? ''
  if (fieldsType !== '' && fieldsType !== 'FieldsV1') {
    errors.push(field.invalid(path.child('fieldsType'), fieldsType, 'must be `FieldsV1`'))
  }
  const { manager = '', subresource = '' } = entry
  if (typeof manager !== 'string') errors.push(field.typeInvalid(path.child('manager'), manager, 'must be a string'))
  else errors.push(...validateFieldManager(manager, path.child('manager')))
  if (typeof subresource === 'string' && Buffer.byteLength(subresource) > MAX_SUBRESOURCE_BYTES) {
    errors.push(field.tooLong(path.child('subresource'), MAX_SUBRESOURCE_BYTES))
  }
  return errors
}
