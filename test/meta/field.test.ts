import { describe, expect, it } from 'vitest'
import * as field from '../../lib/meta/field/index.js'
import { aggregateText, FieldErrors, fieldErrorText, fieldPath } from '../../lib/meta/field/index.js'

const X = fieldPath('x')

describe('a field path', () => {
  it('prints names with dots, positions and keys in brackets', () => {
    expect(String(fieldPath('spec', 'ports').index(0).child('name'))).toBe('spec.ports[0].name')
    expect(String(fieldPath('metadata').child('labels').key('a.b/c'))).toBe('metadata.labels[a.b/c]')
    expect(String(fieldPath('a', 'b', 'c').child('d', 'e'))).toBe('a.b.c.d.e')
  })

  it('below a parent leaves the parent as it was', () => {
    const spec = fieldPath('spec')
    spec.child('a')
    expect(String(spec)).toBe('spec')
  })
})

describe('a field error', () => {
  it.each([
    [field.required(X, 'say it'), 'x: Required value: say it', 'FieldValueRequired'],
    [field.required(X, ''), 'x: Required value', 'FieldValueRequired'],
    [field.invalid(X, 'a\u0007b', 'bad'), 'x: Invalid value: "a\\ab": bad', 'FieldValueInvalid'],
    [field.invalid(X, -1, 'bad'), 'x: Invalid value: -1: bad', 'FieldValueInvalid'],
    [field.invalid(X, 1.5, 'bad'), 'x: Invalid value: 1.5: bad', 'FieldValueInvalid'],
    [field.invalid(X, true, 'bad'), 'x: Invalid value: true: bad', 'FieldValueInvalid'],
    [field.invalid(X, null, 'bad'), 'x: Invalid value: "null": bad', 'FieldValueInvalid'],
    [field.invalid(X, undefined, 'bad'), 'x: Invalid value: "null": bad', 'FieldValueInvalid'],
    [
      field.invalid(X, 0n, 'must be specified for an update'),
      'x: Invalid value: 0x0: must be specified for an update',
      'FieldValueInvalid',
    ],
    [field.invalid(X, ['x', 'y'], 'bad'), 'x: Invalid value: []string{"x", "y"}: bad', 'FieldValueInvalid'],
    [field.invalid(undefined, '-a', 'bad'), '<nil>: Invalid value: "-a": bad', 'FieldValueInvalid'],
    [
      field.typeInvalid(X, 'integer', 'must be string'),
      'x: Invalid value: "integer": must be string',
      'FieldValueTypeInvalid',
    ],
    [field.duplicate(X, 'v'), 'x: Duplicate value: "v"', 'FieldValueDuplicate'],
    [field.notFound(X, 'v'), 'x: Not found: "v"', 'FieldValueNotFound'],
    [
      field.notSupported(X, 'v', ['a', 'b']),
      'x: Unsupported value: "v": supported values: "a", "b"',
      'FieldValueNotSupported',
    ],
    [
      field.notSupported(X, ['v'], ['All']),
      'x: Unsupported value: []string{"v"}: supported values: "All"',
      'FieldValueNotSupported',
    ],
    [field.forbidden(X, 'no'), 'x: Forbidden: no', 'FieldValueForbidden'],
    [field.tooLong(X, 128), 'x: Too long: may not be more than 128 bytes', 'FieldValueTooLong'],
    [field.tooLong(X, 1), 'x: Too long: may not be more than 1 byte', 'FieldValueTooLong'],
    [field.tooMany(X, 5, 3), 'x: Too many: 5: must have at most 3 items', 'FieldValueTooMany'],
    [field.internal(X, 'boom'), 'x: Internal error: boom', 'InternalError'],
  ])('prints as Go does: %#', (error, text, type) => {
    expect(fieldErrorText(error)).toBe(text)
    expect(error.type).toBe(type)
  })
})

describe('a value of megabytes', () => {
  it('is shown by its beginning', () => {
    expect(fieldErrorText(field.invalid(X, 'v'.repeat(3_000_000), 'bad'))).toBe(
      `x: Invalid value: "${'v'.repeat(8192)}"...: bad`,
    )
    const list = Array.from({ length: 100_000 }, () => 'v')
    expect(fieldErrorText(field.invalid(X, list, 'bad'))).toMatch(
      /^x: Invalid value: \[]string\{("v", ){1000}\.\.\.\}: bad$/,
    )
  })
})

describe('a list of field errors', () => {
  const a = field.required(X, 'a')
  const b = field.required(X, 'b')

  it('is one message, or several in brackets without repetition', () => {
    expect(aggregateText([a])).toBe('x: Required value: a')
    expect(aggregateText([a, a])).toBe('x: Required value: a')
    expect(aggregateText([a, b, a])).toBe('[x: Required value: a, x: Required value: b]')
  })

  it('can be thrown, and says the same', () => {
    expect(new FieldErrors([a, b]).message).toBe('[x: Required value: a, x: Required value: b]')
  })
})
