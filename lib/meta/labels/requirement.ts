import type { FieldError, FieldErrorList } from '../field/index.js'
import * as field from '../field/index.js'
import { FieldErrors, fieldPath } from '../field/index.js'
import { NumError, parseInt64 } from '../go/number.js'
import { isQualifiedName, isValidLabelValue } from '../validation/names.js'

/** How a requirement compares; the words of a label selector. */
export type LabelOperator = 'in' | 'notin' | '=' | '==' | '!=' | 'gt' | 'lt' | 'exists' | '!'

/** Every operator that takes values, as error messages list them. */
export const BINARY_OPERATORS: readonly LabelOperator[] = ['in', 'notin', '=', '==', '!=', 'gt', 'lt']

const SPELLING: Readonly<Record<LabelOperator, string>> = {
  in: ' in ',
  notin: ' notin ',
  '=': '=',
  '==': '==',
  '!=': '!=',
  gt: '>',
  lt: '<',
  exists: '',
  '!': '',
}

/** Labels as an object carries them. */
export type Labels = Readonly<Record<string, string>>

/**
 * One term of a label selector.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
export class LabelRequirement {
  private readonly set: ReadonlySet<string>
  private readonly bound: bigint | undefined

  private constructor(
    readonly key: string,
    readonly operator: LabelOperator,
    /** Sorted, each value once. */
    readonly values: readonly string[],
  ) {
    this.set = new Set(values)
    this.bound = operator === 'gt' || operator === 'lt' ? integerOf(values[0] ?? '') : undefined
  }

  /**
   * A checked requirement.
   *
   * @throws FieldErrors with everything that is wrong with key, operator and values.
   */
  static of(key: string, operator: LabelOperator, values: Iterable<string> = []): LabelRequirement {
    const sorted = [...new Set(values)].sort()
    const errors = [...labelKeyErrors(key, 'key'), ...countErrors(operator, sorted), ...valueErrors(key, sorted)]
    if (errors.length > 0) throw new FieldErrors(errors)
    return new LabelRequirement(key, operator, sorted)
  }

  matches(labels: Labels | undefined): boolean {
    // `hasOwn`, because a key such as `__proto__` or `constructor` is data.
    const value = labels !== undefined && Object.hasOwn(labels, this.key) ? labels[this.key] : undefined
    switch (this.operator) {
      case 'exists':
        return value !== undefined
      case '!':
        return value === undefined
      case 'notin':
      case '!=':
        return value === undefined || !this.set.has(value)
      case 'gt':
      case 'lt':
        return value !== undefined && this.comparesTo(value)
      default:
        return value !== undefined && this.set.has(value)
    }
  }

  private comparesTo(value: string): boolean {
    const integer = integerOf(value)
    if (integer === undefined || this.bound === undefined) return false
    return this.operator === 'gt' ? integer > this.bound : integer < this.bound
  }

  /** The term as a selector spells it: `env in (dev,prod)`. */
  toString(): string {
    const values = this.values.join(',')
    const operand = this.operator === 'in' || this.operator === 'notin' ? `(${values})` : values
    return `${this.operator === '!' ? '!' : ''}${this.key}${SPELLING[this.operator]}${operand}`
  }
}

/** What is wrong with a key, as one error at most; `path` is `undefined` where a selector's own text is the place. */
export function labelKeyErrors(key: string, path: string | undefined): FieldErrorList {
  const problems = isQualifiedName(key)
  if (problems.length === 0) return []
  return [field.invalid(path === undefined ? undefined : fieldPath(path), key, problems.join('; '))]
}

function countErrors(operator: LabelOperator, values: readonly string[]): FieldErrorList {
  const path = fieldPath('values')
  switch (operator) {
    case 'in':
    case 'notin':
      return values.length > 0
        ? []
        : [field.invalid(path, values, "for 'in', 'notin' operators, values set can't be empty")]
    case 'exists':
    case '!':
      return values.length === 0
        ? []
        : [field.invalid(path, values, 'values set must be empty for exists and does not exist')]
    case 'gt':
    case 'lt':
      return integerErrors(values)
    default:
      return values.length === 1
        ? []
        : [field.invalid(path, values, 'exact-match compatibility requires one single value')]
  }
}

function integerErrors(values: readonly string[]): FieldErrorList {
  const path = fieldPath('values')
  const errors: FieldError[] = []
  if (values.length !== 1) {
    errors.push(field.invalid(path, values, "for 'Gt', 'Lt' operators, exactly one value is required"))
  }
  for (const [index, value] of values.entries()) {
    if (integerOf(value) !== undefined) continue
    errors.push(field.invalid(path.index(index), value, "for 'Gt', 'Lt' operators, the value must be an integer"))
  }
  return errors
}

function valueErrors(key: string, values: readonly string[]): FieldErrorList {
  const errors: FieldError[] = []
  for (const [index, value] of values.entries()) {
    const problems = isValidLabelValue(value)
    if (problems.length === 0) continue
    errors.push(field.invalid(fieldPath('values').index(index).key(key), value, problems.join('; ')))
  }
  return errors
}

function integerOf(text: string): bigint | undefined {
  try {
    return parseInt64(text)
  } catch (err) {
    if (err instanceof NumError) return undefined
    throw err
  }
}
