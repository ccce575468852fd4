import { type FieldError, fieldErrorText } from './error.js'

/** Everything wrong with an object; empty when it is valid. */
export type FieldErrorList = readonly FieldError[]

/** The list as one text: the single message, or `[a, b]`, each message once. */
export function aggregateText(errors: FieldErrorList): string {
  return aggregateMessages(errors.map(fieldErrorText))
}

/** Messages as one text, as {@link aggregateText} has them. */
export function aggregateMessages(messages: readonly string[]): string {
  const distinct = [...new Set(messages)]
  return distinct.length === 1 ? (distinct[0] as string) : `[${distinct.join(', ')}]`
}

/** Field errors that are thrown where no kind is known to make an `Invalid` Status of them. */
export class FieldErrors extends Error {
  override readonly name = 'FieldErrors'

  constructor(readonly errors: FieldErrorList) {
    super(aggregateText(errors))
  }
}

/** After this many errors of one field a check stops: a small bad key makes a long message, and bodies hold many. */
export const MAX_FIELD_ERRORS = 100
