import { escapeFieldValue } from './escape.js'

/** What a field selector looks at: the selectable fields of one object. A field that is missing reads as the empty text. */
export type FieldSet = Readonly<Record<string, string>>

/** One term of a field selector. */
export interface FieldRequirement {
  readonly field: string
  readonly operator: '=' | '!='
  readonly value: string
}

/** Renames fields and values of a selector, e.g. into another version. Two empty texts drop the term. */
export type FieldTransform = (field: string, value: string) => readonly [field: string, value: string]

/**
 * Which objects a request is about, by a few of their fields: every requirement must hold.
 *
 * @example
 * ```ts
 * parseFieldSelector('metadata.name=a').matches({ 'metadata.name': 'a', 'metadata.namespace': 'default' }) // true
 * ```
 */
export class FieldSelector {
  constructor(readonly requirements: readonly FieldRequirement[]) {}

  matches(fields: FieldSet): boolean {
    for (const { field, operator, value } of this.requirements) {
      const actual = Object.hasOwn(fields, field) ? fields[field] : ''
      if ((actual === value) !== (operator === '=')) return false
    }
    return true
  }

  /** True when everything is selected. */
  empty(): boolean {
    return this.requirements.length === 0
  }

  /** The one value that the field must have, `undefined` when the selector leaves it open. */
  requiresExactMatch(field: string): string | undefined {
    return this.requirements.find((requirement) => requirement.operator === '=' && requirement.field === field)?.value
  }

  /** The selector with every term passed through `transform`; what that throws comes out. */
  transform(transform: FieldTransform): FieldSelector {
    const requirements: FieldRequirement[] = []
    for (const { field, operator, value } of this.requirements) {
      const [newField, newValue] = transform(field, value)
      if (newField === '' && newValue === '') continue
      requirements.push({ field: newField, operator, value: newValue })
    }
    return new FieldSelector(requirements)
  }

  toString(): string {
    return this.requirements.map((r) => `${r.field}${r.operator}${escapeFieldValue(r.value)}`).join(',')
  }
}

/** The selector that selects everything. */
export const EVERYTHING = new FieldSelector([])
