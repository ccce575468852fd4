import * as field from './field/index.js'
import { FieldErrors, fieldPath } from './field/index.js'
import { clampToSafeInteger, NumError, parseUint64 } from './go/number.js'

/**
 * A resourceVersion that a client asked for, as a revision. Nothing and `0` are both 0; which of them it was, the text tells.
 *
 * @returns the revision; what no JavaScript number holds exactly becomes `Number.MAX_SAFE_INTEGER`, a revision never reached,
 * so keep the text for messages.
 * @throws FieldErrors `resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax`. It is no
 * StatusError, since gets, lists and watches are answered with a 500 there, as by the reference.
 */
export function parseResourceVersion(text: string): number {
  if (text === '' || text === '0') return 0
  try {
    return clampToSafeInteger(parseUint64(text))
  } catch (err) {
    if (!(err instanceof NumError)) throw err
    throw new FieldErrors([field.invalid(fieldPath('resourceVersion'), text, err.message)])
  }
}

/**
 * The resourceVersion that an object carries, as a revision; 0 when it carries none.
 *
 * @throws NumError `strconv.ParseUint: parsing "abc": invalid syntax`.
 */
export function parseObjectResourceVersion(text: string | undefined): number {
  return text === undefined || text === '' ? 0 : clampToSafeInteger(parseUint64(text))
}
