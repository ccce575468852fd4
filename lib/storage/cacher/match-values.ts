import type { StoredObject } from '../../runtime/stored-object.js'
import type { SelectionPredicate } from '../selection-predicate.js'

/** The labels of an object that cannot be read may be anything. */
export const UNREADABLE = Symbol('unreadable')

/** What an object has of one label or field; undefined = what no selector asks for by its value. */
export type IndexedValue = string | typeof UNREADABLE | undefined

/** A label or field that objects must have with one of these values to be selected. */
export interface MatchValue {
  /** `l:` and a label, or `f:` and a field. */
  readonly indexName: string
  readonly values: readonly string[]
  /** What reads fields: an index made with another function is another one. */
  readonly getFields: SelectionPredicate['getFields'] | undefined
  /** Never throws. */
  readonly valueIn: (object: StoredObject) => IndexedValue
}

/** To put the objects of more values in order would take longer than a turn of the event loop may. */
const MAX_VALUES = 128

/** What of a selector an index can answer; the rest is for looking at objects. */
export function* matchValues({ label, field, getFields }: SelectionPredicate): Generator<MatchValue, void> {
  for (const { key, operator, values } of label.requirements) {
    const isRequired = operator === '=' || operator === '==' || operator === 'in'
    if (isRequired && values.length <= MAX_VALUES)
      yield { indexName: `l:${key}`, values, getFields: undefined, valueIn: (object) => labelOf(object, key) }
  }
  for (const { field: name, operator, value } of field.requirements) {
    if (operator !== '=') continue
    const valueIn = (object: StoredObject) => fieldOf(object, name, getFields)
    yield { indexName: `f:${name}`, values: [value], getFields, valueIn }
  }
}

export function labelOf(object: StoredObject | undefined, key: string): IndexedValue {
  try {
    const labels = object?.labels
    return labels && Object.hasOwn(labels, key) ? textIn(labels[key]) : undefined
  } catch {
    return UNREADABLE
  }
}

function fieldOf(object: StoredObject, name: string, getFields: SelectionPredicate['getFields']): IndexedValue {
  try {
    const fields = object.fieldsBy(getFields)
    return Object.hasOwn(fields, name) ? textIn(fields[name]) : ''
  } catch {
    return UNREADABLE
  }
}

/** Who writes into the store himself can give a label any JSON for a value. */
const textIn = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
