import { invalid } from '../errors.js'
import * as field from '../field/index.js'
import { type FieldError, type FieldErrorList, fieldPath } from '../field/index.js'
import { validateFieldManager } from '../validation/field-manager.js'
import type { DeleteOptions, ListOptions, PatchOptions, WriteOptions } from './types.js'

/** The kinds whose names stand in errors about options. */
export type OptionsKind = 'ListOptions' | 'CreateOptions' | 'UpdateOptions' | 'PatchOptions' | 'DeleteOptions'

const MATCH = fieldPath('resourceVersionMatch')
const FIELD_VALIDATIONS = ['', 'Ignore', 'Strict', 'Warn']
const PROPAGATION_POLICIES = ['Foreground', 'Background', 'Orphan']

/**
 * Throws what is wrong with options as one error.
 *
 * @throws StatusError 422 `ListOptions.meta.k8s.io "" is invalid: …` when there are errors.
 * @example
 * ```ts
 * refuseInvalidOptions('ListOptions', validateListOptions(options))
 * ```
 */
export function refuseInvalidOptions(kind: OptionsKind, errors: FieldErrorList): void {
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind }, '', errors)
}

/** Checks how resourceVersionMatch, sendInitialEvents and continue go together, for a list or a watch. */
export function validateListOptions(options: ListOptions): FieldErrorList {
  return options.watch ? validateWatch(options) : validateList(options)
}

function validateList(options: ListOptions): FieldErrorList {
  const errors: FieldError[] = []
  const match = options.resourceVersionMatch
  if (match !== '') {
    if (options.resourceVersion === '') {
      errors.push(field.forbidden(MATCH, 'resourceVersionMatch is forbidden unless resourceVersion is provided'))
    }
    if (options.continue !== '') {
      errors.push(field.forbidden(MATCH, 'resourceVersionMatch is forbidden when continue is provided'))
    }
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      errors.push(field.notSupported(MATCH, match, ['Exact', 'NotOlderThan', '']))
    }
    if (match === 'Exact' && options.resourceVersion === '0') {
      errors.push(field.forbidden(MATCH, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'))
    }
  }
  if (options.sendInitialEvents !== undefined) {
    errors.push(field.forbidden(fieldPath('sendInitialEvents'), 'sendInitialEvents is forbidden for list'))
  }
  return errors
}

function validateWatch(options: ListOptions): FieldErrorList {
  const errors: FieldError[] = []
  const match = options.resourceVersionMatch
  if (options.sendInitialEvents !== undefined && match !== 'NotOlderThan') {
    errors.push(field.forbidden(MATCH, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'))
  }
  if (match === '') return errors
  if (options.sendInitialEvents === undefined) {
    const detail = 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'
    errors.push(field.forbidden(MATCH, detail))
  }
  if (match !== 'NotOlderThan') errors.push(field.notSupported(MATCH, match, ['NotOlderThan']))
  if (options.continue !== '') {
    errors.push(field.forbidden(MATCH, 'resourceVersionMatch is forbidden when continue is provided'))
  }
  return errors
}

/** Checks the options of create and update. */
export function validateWriteOptions(options: WriteOptions): FieldErrorList {
  return [
    ...validateFieldManager(options.fieldManager, fieldPath('fieldManager')),
    ...validateDryRun(options.dryRun),
    ...validateFieldValidation(options.fieldValidation),
  ]
}

/**
 * Checks the options of patch.
 *
 * @param apply Whether it is a server-side apply, which must name its manager and alone may force.
 */
export function validatePatchOptions(options: PatchOptions, apply: boolean): FieldErrorList {
  const errors: FieldError[] = []
  if (!apply && options.force !== undefined) {
    errors.push(field.forbidden(fieldPath('force'), 'may not be specified for non-apply patch'))
  }
  if (apply && options.fieldManager === '') {
    errors.push(field.required(fieldPath('fieldManager'), 'is required for apply patch'))
  }
  return [...errors, ...validateWriteOptions(options)]
}

/** Checks the options of delete and deletecollection. */
export function validateDeleteOptions(options: DeleteOptions): FieldErrorList {
  const errors: FieldError[] = []
  const path = fieldPath('propagationPolicy')
  const policy = options.propagationPolicy
  if (policy !== undefined && options.orphanDependents !== undefined) {
    errors.push(field.invalid(path, policy, 'orphanDependents and deletionPropagation cannot be both set'))
  }
  if (policy !== undefined && !PROPAGATION_POLICIES.includes(policy)) {
    errors.push(field.notSupported(path, policy, [...PROPAGATION_POLICIES, 'nil']))
  }
  return [...errors, ...validateDryRun(options.dryRun)]
}

function validateDryRun(dryRun: readonly string[]): FieldErrorList {
  return dryRun.every((value) => value === 'All') ? [] : [field.notSupported(fieldPath('dryRun'), dryRun, ['All'])]
}

function validateFieldValidation(fieldValidation: string): FieldErrorList {
  if (FIELD_VALIDATIONS.includes(fieldValidation)) return []
  return [field.notSupported(fieldPath('fieldValidation'), fieldValidation, FIELD_VALIDATIONS)]
}
