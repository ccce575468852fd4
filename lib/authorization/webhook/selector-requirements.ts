import { parseFieldSelector } from '../../meta/fields/index.js'
import { type LabelOperator, parseLabelSelector } from '../../meta/labels/index.js'

/** One term of a selector as reviews carry it. */
export interface SelectorRequirement {
  readonly key: string
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  readonly values?: readonly string[]
}

/** The terms of a field selector; none of one that cannot be read, for a selector only narrows what is asked. */
export function fieldRequirements(selector: string): readonly SelectorRequirement[] {
  if (selector === '') return []
  return whereReadable(() =>
    parseFieldSelector(selector).requirements.map(({ field: key, operator, value }) => ({
      key,
      operator: operator === '=' ? 'In' : 'NotIn',
      values: [value],
    })),
  )
}

/** The same for labels. Comparisons of numbers have no form in a review, and are left out. */
export function labelRequirements(selector: string): readonly SelectorRequirement[] {
  if (selector === '') return []
  return whereReadable(() =>
    parseLabelSelector(selector).requirements.flatMap(({ key, operator: said, values }) => {
      const operator = OPERATORS[said]
      if (operator === undefined) return []
      return [{ key, operator, ...(values.length > 0 ? { values } : {}) }]
    }),
  )
}

const OPERATORS: Readonly<Partial<Record<LabelOperator, SelectorRequirement['operator']>>> = {
  in: 'In',
  '=': 'In',
  '==': 'In',
  notin: 'NotIn',
  '!=': 'NotIn',
  exists: 'Exists',
  '!': 'DoesNotExist',
}

function whereReadable(read: () => readonly SelectorRequirement[]): readonly SelectorRequirement[] {
  try {
    return read()
  } catch {
    return []
  }
}
