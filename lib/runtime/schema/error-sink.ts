import type { FieldError } from '../../meta/field/index.js'
import { WorkBudget } from './pattern/index.js'

/** Collects field errors up to a bound: a body of a million wrong items must not make a million errors. */
export class ErrorSink {
  readonly errors: FieldError[] = []

  /** @param patternWork what all patterns together may cost, for all values of the walk */
  constructor(
    readonly limit: number,
    readonly patternWork = new WorkBudget(),
  ) {}

  get full(): boolean {
    return this.errors.length >= this.limit
  }

  add(error: FieldError): void {
    if (!this.full) this.errors.push(error)
  }
}
