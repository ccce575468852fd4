import {
  type FieldError,
  type FieldErrorList,
  type FieldPath,
  field,
  fieldPath,
  isDns1123Subdomain,
} from '../meta/index.js'
import { handBits, MAX_HAND_BITS } from './fairqueuing/dealer.js'
import {
  CATCH_ALL,
  EXEMPT,
  type LimitedPriorityLevelConfiguration,
  type PriorityLevelConfiguration,
  type QueuingConfiguration,
} from './priority-level-configuration.js'

const MAX_QUEUES = 10_000_000

/** What is wrong with a level, in the words of Kubernetes' validation; it may come from a file, whatever its type says. */
export function validatePriorityLevelConfiguration(configuration: PriorityLevelConfiguration): FieldErrorList {
  const { name } = configuration.metadata
  const errors: FieldError[] = isDns1123Subdomain(name).map((detail) =>
    field.invalid(fieldPath('metadata', 'name'), name, detail),
  )
  const path = fieldPath('spec')
  const { spec } = configuration
  if (spec?.type !== 'Exempt' && spec?.type !== 'Limited')
    return [
      ...errors,
      field.notSupported(path.child('type'), (spec as { type?: unknown })?.type, ['Exempt', 'Limited']),
    ]
  if ((spec.type === 'Exempt') !== (name === EXEMPT))
    errors.push(
      field.invalid(path.child('type'), spec.type, `must be 'Exempt' for the level '${EXEMPT}', and for no other`),
    )
  if (spec.type === 'Limited') return [...errors, ...validateLimited(spec.limited, name, path.child('limited'))]
  const { nominalConcurrencyShares, lendablePercent } = spec.exempt ?? {}
  return [...errors, ...sharing(nominalConcurrencyShares, lendablePercent, path.child('exempt'))]
}

function validateLimited(
  limited: LimitedPriorityLevelConfiguration | undefined,
  name: string,
  path: FieldPath,
): FieldError[] {
  if (!limited) return [field.required(path, 'must not be empty when type is Limited')]
  const { nominalConcurrencyShares, lendablePercent, borrowingLimitPercent, limitResponse } = limited
  const errors = sharing(nominalConcurrencyShares, lendablePercent, path)
  if (!isWhole(borrowingLimitPercent ?? 0, 0))
    errors.push(
      field.invalid(
        path.child('borrowingLimitPercent'),
        borrowingLimitPercent,
        'if specified, must be a non-negative integer',
      ),
    )
  const response = path.child('limitResponse')
  const type = (limitResponse as { type?: unknown } | undefined)?.type
  if (type !== 'Queue' && type !== 'Reject')
    return [...errors, field.notSupported(response.child('type'), type, ['Queue', 'Reject'])]
  if (name === CATCH_ALL && type !== 'Reject')
    errors.push(field.invalid(response.child('type'), type, `must be 'Reject' for the level '${CATCH_ALL}'`))
  const queuing = (limitResponse as { queuing?: QueuingConfiguration }).queuing
  if (type === 'Queue') return [...errors, ...validateQueuing(queuing, response.child('queuing'))]
  if (queuing)
    errors.push(field.forbidden(response.child('queuing'), 'must be nil if limited.limitResponse.type is Reject'))
  return errors
}

function sharing(shares: number | undefined, lendablePercent: number | undefined, path: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  if (!isWhole(shares ?? 0, 0))
    errors.push(field.invalid(path.child('nominalConcurrencyShares'), shares, 'must be a non-negative integer'))
  if (!isWhole(lendablePercent ?? 0, 0, 100))
    errors.push(field.invalid(path.child('lendablePercent'), lendablePercent, 'must be between 0 and 100, inclusive'))
  return errors
}

function validateQueuing(queuing: QueuingConfiguration = {}, path: FieldPath): FieldError[] {
  const { queues = 64, handSize = 8, queueLengthLimit = 50 } = queuing
  const errors: FieldError[] = []
  if (!isWhole(queueLengthLimit, 1))
    errors.push(field.invalid(path.child('queueLengthLimit'), queueLengthLimit, 'must be positive'))
  if (!isWhole(queues, 1)) errors.push(field.invalid(path.child('queues'), queues, 'must be positive'))
  else if (queues > MAX_QUEUES)
    errors.push(field.invalid(path.child('queues'), queues, `must not be greater than ${MAX_QUEUES}`))
  if (!isWhole(handSize, 1)) errors.push(field.invalid(path.child('handSize'), handSize, 'must be positive'))
  else if (handSize > queues)
    errors.push(field.invalid(path.child('handSize'), handSize, `should not be greater than queues (${queues})`))
  else if (handBits(queues, handSize) > MAX_HAND_BITS) {
    const detail = `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${MAX_HAND_BITS}`
    errors.push(field.invalid(path.child('handSize'), handSize, detail))
  }
  return errors
}

const isWhole = (value: number, least: number, most = 2 ** 31 - 1): boolean =>
  Number.isInteger(value) && value >= least && value <= most
