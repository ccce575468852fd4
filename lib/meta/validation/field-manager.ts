import type { FieldErrorList, FieldPath } from '../field/index.js'
import * as field from '../field/index.js'
import { isPrint } from '../go/quote.js'

/** The longest name of a field manager, in bytes. */
export const MAX_FIELD_MANAGER_BYTES = 128

/** Checks the name of a field manager: at most 128 bytes, every character printable. */
export function validateFieldManager(manager: string, path: FieldPath): FieldErrorList {
  if (Buffer.byteLength(manager) > MAX_FIELD_MANAGER_BYTES) return [field.tooLong(path, MAX_FIELD_MANAGER_BYTES)]
  const errors = []
  let position = 0
  for (const char of manager) {
    const codePoint = char.codePointAt(0) as number
    if (!isPrint(codePoint)) {
      const name = `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`
      errors.push(field.invalid(path, manager, `invalid character ${name} (at position ${position})`))
    }
    position += Buffer.byteLength(char)
  }
  return errors
}
