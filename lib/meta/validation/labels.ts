import * as field from '../field/index.js'
import { type FieldError, type FieldErrorList, type FieldPath, MAX_FIELD_ERRORS } from '../field/index.js'
import { isQualifiedName, isValidLabelValue } from './names.js'

/** The most that all annotations of an object may have together, keys and values, in bytes. */
export const MAX_ANNOTATIONS_BYTES = 256 * 1024

/** Checks labels: keys are qualified names, values at most 63 characters. */
export function validateLabels(labels: Readonly<Record<string, string>> | undefined, path: FieldPath): FieldErrorList {
  return validateMap(labels, path, (key, value, errors) => {
    for (const message of isQualifiedName(key)) errors.push(field.invalid(path, key, message))
    for (const message of isValidLabelValue(value)) errors.push(field.invalid(path, value, message))
  })
}

/** Checks annotations: keys are qualified names in any case, and the total size is bounded. */
export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  path: FieldPath,
): FieldErrorList {
  let bytes = 0
  const errors = validateMap(annotations, path, (key, value, list) => {
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value)
    for (const message of isQualifiedName(key.toLowerCase())) list.push(field.invalid(path, key, message))
  })
  return bytes > MAX_ANNOTATIONS_BYTES ? [...errors, field.tooLong(path, MAX_ANNOTATIONS_BYTES)] : errors
}

function validateMap(
  map: unknown,
  path: FieldPath,
  check: (key: string, value: string, errors: FieldError[]) => void,
): FieldErrorList {
  if (map === undefined || map === null) return []
  if (typeof map !== 'object') return [field.typeInvalid(path, map, 'must be a map of strings')]
  const errors: FieldError[] = []
  for (const key of Object.keys(map)) {
    if (errors.length >= MAX_FIELD_ERRORS) break
    const value = (map as Readonly<Record<string, unknown>>)[key]
    if (typeof value === 'string') check(key, value, errors)
    else errors.push(field.typeInvalid(path.key(key), value, 'must be a string'))
  }
  return errors
}
