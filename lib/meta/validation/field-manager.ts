import * as field from '../field/index.js'
import { type FieldError, type FieldErrorList, type FieldPath, MAX_FIELD_ERRORS } from '../field/index.js'
import { isPrint } from '../go/quote.js'

/** The longest name of a field manager, in bytes. */
export const MAX_FIELD_MANAGER_BYTES = 128

/** Of a longer name nobody needs to hear which of its characters are wrong: each error would repeat it. */
const MAX_SHOWN_BYTES = 1024

/** Checks the name of a field manager: at most 128 bytes, every character printable. */
export function validateFieldManager(manager: string, path: FieldPath): FieldErrorList {
  const bytes = Buffer.byteLength(manager)
  const errors: FieldError[] = bytes > MAX_FIELD_MANAGER_BYTES ? [field.tooLong(path, MAX_FIELD_MANAGER_BYTES)] : []
  if (bytes > MAX_SHOWN_BYTES) return errors
  let position = 0
  for (const char of manager) {
    if (errors.length >= MAX_FIELD_ERRORS) break
    const codePoint = char.codePointAt(0) as number
    if (!isPrint(codePoint)) {
      const name = `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`
      errors.push(field.invalid(path, manager, `invalid character ${name} (at position ${position})`))
    }
    position += Buffer.byteLength(char)
  }
  return errors
}
