import { messageOf } from '../meta/errors.js'
import { aggregateMessages } from '../meta/field/index.js'

/** Several failures as one, or the one there is (Kubernetes' `errors.NewAggregate`). */
export function aggregate(errors: readonly unknown[]): unknown {
  if (errors.length <= 1) return errors[0]
  return new AggregateError(errors, aggregateMessages(errors.map(messageOf)))
}
