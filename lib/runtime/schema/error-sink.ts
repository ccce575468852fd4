import type { FieldError } from '../../meta/field/index.js'

/** Collects field errors up to a bound: a body of a million wrong items must not make a million errors. */
export class ErrorSink {
  readonly errors: FieldError[] = []

  constructor(readonly limit: number) {}

  get full(): boolean {
    return this.errors.length >= this.limit
  }

  add(error: FieldError): void {
    if (!this.full) this.errors.push(error)
  }
}
