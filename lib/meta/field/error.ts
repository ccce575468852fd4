import { quote } from '../go/quote.js'
import { goSyntax } from '../go/syntax.js'
import type { FieldPath } from './path.js'

/** What is wrong with a field; the word that a Status names as the cause's reason. */
export type FieldErrorType =
  | 'FieldValueNotFound'
  | 'FieldValueRequired'
  | 'FieldValueDuplicate'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'FieldValueTypeInvalid'
  | 'InternalError'

const TYPE_TEXTS: Readonly<Record<FieldErrorType, string>> = {
  FieldValueNotFound: 'Not found',
  FieldValueRequired: 'Required value',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueInvalid: 'Invalid value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueForbidden: 'Forbidden',
  FieldValueTooLong: 'Too long',
  FieldValueTooMany: 'Too many',
  FieldValueTypeInvalid: 'Invalid value',
  InternalError: 'Internal error',
}

const WITHOUT_VALUE: ReadonlySet<FieldErrorType> = new Set([
  'FieldValueRequired',
  'FieldValueForbidden',
  'FieldValueTooLong',
  'InternalError',
])

/** One wrong field. */
export interface FieldError {
  readonly type: FieldErrorType
  /** The field's path, `<nil>` where there is none. */
  readonly field: string
  readonly badValue: unknown
  readonly detail: string
}

function fieldError(type: FieldErrorType, path: FieldPath | undefined, badValue: unknown, detail: string): FieldError {
  return { type, field: path === undefined ? '<nil>' : path.toString(), badValue, detail }
}

/** A value that must be there is not. */
export function required(path: FieldPath | undefined, detail: string): FieldError {
  return fieldError('FieldValueRequired', path, '', detail)
}

/** A malformed value. */
export function invalid(path: FieldPath | undefined, value: unknown, detail: string): FieldError {
  return fieldError('FieldValueInvalid', path, value, detail)
}

/** A value of the wrong JSON type. */
export function typeInvalid(path: FieldPath | undefined, value: unknown, detail: string): FieldError {
  return fieldError('FieldValueTypeInvalid', path, value, detail)
}

/** A value that may stand once and stands twice. */
export function duplicate(path: FieldPath | undefined, value: unknown): FieldError {
  return fieldError('FieldValueDuplicate', path, value, '')
}

/** A value that is none of those allowed. */
export function notSupported(path: FieldPath | undefined, value: unknown, supported: readonly string[]): FieldError {
  const detail = supported.length > 0 ? `supported values: ${supported.map(quote).join(', ')}` : ''
  return fieldError('FieldValueNotSupported', path, value, detail)
}

/** A value that is not permitted here and now. */
export function forbidden(path: FieldPath | undefined, detail: string): FieldError {
  return fieldError('FieldValueForbidden', path, '', detail)
}

/** A text longer than `maxLength` bytes; the value itself is never shown. */
export function tooLong(path: FieldPath | undefined, maxLength: number): FieldError {
  const detail = `may not be more than ${maxLength} ${maxLength === 1 ? 'byte' : 'bytes'}`
  return fieldError('FieldValueTooLong', path, '', detail)
}

/** A list with more than `maxItems` items. */
export function tooMany(path: FieldPath | undefined, items: number, maxItems: number): FieldError {
  const detail = `must have at most ${maxItems} ${maxItems === 1 ? 'item' : 'items'}`
  return fieldError('FieldValueTooMany', path, items, detail)
}

/** A value that names something that is not there. */
export function notFound(path: FieldPath | undefined, value: unknown): FieldError {
  return fieldError('FieldValueNotFound', path, value, '')
}

/** A failure of the server while it checked a field. */
export function internal(path: FieldPath | undefined, detail: string): FieldError {
  return fieldError('InternalError', path, '', detail)
}

/** The error without its path: what a cause of a Status says, e.g. `Invalid value: "x": must be …`. */
export function fieldErrorBody(error: FieldError): string {
  const value = WITHOUT_VALUE.has(error.type) ? '' : `: ${valueText(error.badValue)}`
  return `${TYPE_TEXTS[error.type]}${value}${error.detail === '' ? '' : `: ${error.detail}`}`
}

/** The whole error: `metadata.name: Required value: name or generateName is required`. */
export function fieldErrorText(error: FieldError): string {
  return `${error.field}: ${fieldErrorBody(error)}`
}

function valueText(value: unknown): string {
  return value === null || value === undefined ? '"null"' : goSyntax(value)
}
