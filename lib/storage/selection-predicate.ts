import type { FieldSelector, FieldSet } from '../meta/fields/index.js'
import type { LabelSelector } from '../meta/labels/index.js'
import type { KubeObject } from '../meta/types.js'
import type { StoredObject } from '../runtime/stored-object.js'

/** What a list or watch shall contain, and how much of it at once. */
export class SelectionPredicate {
  constructor(
    readonly label: LabelSelector,
    readonly field: FieldSelector,
    /** What field selectors look at. Kept by identity: give all predicates of a kind the same function. */
    readonly getFields: (object: KubeObject) => FieldSet,
    /** Most items of a page; 0 = all. */
    readonly limit: number = 0,
    readonly continueToken: string = '',
  ) {}

  /** Whether everything matches, so that nothing needs to be parsed to know. */
  empty(): boolean {
    return this.label.empty() && this.field.empty()
  }

  /** @throws UnreadableValueError */
  matches(object: StoredObject): boolean {
    if (!this.label.empty() && !this.label.matches(object.labels)) return false
    return this.field.empty() || this.field.matches(object.fieldsBy(this.getFields))
  }

  /** The same text for predicates that select the same, so that one answer can serve all of them. */
  get selection(): string {
    return `${this.label.toString()}\0${this.field.toString()}`
  }

  /** The one name that can match, when the field selector says so. */
  matchesSingle(): string | undefined {
    return this.continueToken === '' ? this.field.requiresExactMatch('metadata.name') : undefined
  }

  withLimit(limit: number, continueToken: string): SelectionPredicate {
    return new SelectionPredicate(this.label, this.field, this.getFields, limit, continueToken)
  }
}
