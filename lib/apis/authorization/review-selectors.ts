import type { FieldErrorList, FieldPath } from '../../meta/field/index.js'
import * as field from '../../meta/field/index.js'
import { FieldSelector } from '../../meta/fields/index.js'
import { type LabelOperator, LabelRequirement, LabelSelector } from '../../meta/labels/index.js'

/** How a question is restricted: by a selector as a query has it, or by its terms (KEP-4601). */
export interface ReviewSelector {
  readonly rawSelector?: string
  readonly requirements?: readonly {
    readonly key: string
    readonly operator: string
    readonly values?: readonly string[]
  }[]
}

type Term = NonNullable<ReviewSelector['requirements']>[number]

/** The selector as a query has it. Terms that no such selector has are left out: without them more is asked for, not less. */
export function fieldSelectorOf({ rawSelector = '', requirements = [] }: ReviewSelector = {}): string {
  if (rawSelector !== '') return rawSelector
  const terms = requirements.flatMap(({ key, operator, values = [] }) => {
    const [value] = values
    if ((operator !== 'In' && operator !== 'NotIn') || value === undefined || values.length !== 1) return []
    return [{ field: key, operator: operator === 'In' ? ('=' as const) : ('!=' as const), value }]
  })
  return new FieldSelector(terms).toString()
}

/** The same for labels. */
export function labelSelectorOf({ rawSelector = '', requirements = [] }: ReviewSelector = {}): string {
  if (rawSelector !== '') return rawSelector
  return new LabelSelector(requirements.flatMap(labelRequirement)).toString()
}

function labelRequirement({ key, operator, values = [] }: Term): LabelRequirement[] {
  const known = OPERATORS.get(operator)
  if (known === undefined) return []
  try {
    return [LabelRequirement.of(key, known, values)]
  } catch {
    return []
  }
}

const OPERATORS: ReadonlyMap<string, LabelOperator> = new Map([
  ['In', 'in'],
  ['NotIn', 'notin'],
  ['Exists', 'exists'],
  ['DoesNotExist', '!'],
])

/** Exactly one of both forms must be there, and terms must have the values that their operator wants. */
export function validateSelector(at: FieldPath, selector: ReviewSelector | undefined): FieldErrorList {
  if (selector === undefined) return []
  const { rawSelector = '', requirements = [] } = selector
  if (rawSelector !== '' && requirements.length > 0)
    return [field.invalid(at.child('rawSelector'), rawSelector, 'may not specified at the same time as requirements')]
  if (rawSelector === '' && requirements.length === 0) {
    const detail = `when ${at} is specified, requirements or rawSelector is required`
    return [field.required(at.child('requirements'), detail)]
  }
  return requirements.flatMap((term, index) => validateTerm(at.child('requirements').index(index), term))
}

/** Operators that are not known come from newer clients, and are let through. */
function validateTerm(at: FieldPath, { key, operator, values = [] }: Term): FieldErrorList {
  const missing = key === '' ? [field.required(at.child('key'), 'must be specified')] : []
  if ((operator === 'In' || operator === 'NotIn') && values.length === 0)
    return [...missing, field.required(at.child('values'), "must be specified when `operator` is 'In' or 'NotIn'")]
  if ((operator === 'Exists' || operator === 'DoesNotExist') && values.length > 0) {
    const detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
    return [...missing, field.forbidden(at.child('values'), detail)]
  }
  return missing
}
