import * as field from '../field/index.js'
import { type FieldError, type FieldErrorList, type FieldPath, MAX_FIELD_ERRORS } from '../field/index.js'
import { GoSyntax, quoteStart } from '../go/syntax.js'
import type { OwnerReference } from '../types.js'

const NAMES = ['apiVersion', 'kind', 'name', 'uid'] as const

/** Checks owner references: each names its owner fully, and at most one is the controller. */
export function validateOwnerReferences(
  references: readonly OwnerReference[] | undefined,
  path: FieldPath,
): FieldErrorList {
  if (references === undefined || references === null) return []
  if (!Array.isArray(references)) return [field.typeInvalid(path, references, 'must be a list')]
  const errors: FieldError[] = []
  let controller: string | undefined
  let shown: GoSyntax | undefined
  for (const reference of references as readonly unknown[]) {
    if (errors.length >= MAX_FIELD_ERRORS) break
    if (!isOwnerReference(reference)) {
      errors.push(field.typeInvalid(path, reference, 'must be an object with texts for apiVersion, kind, name and uid'))
      continue
    }
    errors.push(...validateOwnerReference(reference, path))
    if (reference.controller !== true) continue
    const name = `${reference.kind ?? ''}/${reference.name ?? ''}`
    if (controller === undefined) {
      controller = name
      continue
    }
    shown ??= referencesSyntax(references)
    errors.push(field.invalid(path, shown, twoControllers(controller, name)))
  }
  return errors
}

function twoControllers(first: string, second: string): string {
  return `Only one reference can have Controller set to true. Found "true" in references for ${first} and ${second}`
}

/** Names may be missing or null, but not of another type: this runs on objects of strangers. */
function isOwnerReference(value: unknown): value is OwnerReference {
  if (typeof value !== 'object' || value === null) return false
  return NAMES.every((name) => typeof ((value as Partial<OwnerReference>)[name] ?? '') === 'string')
}

function validateOwnerReference(reference: OwnerReference, path: FieldPath): FieldErrorList {
  const errors: FieldError[] = []
  const apiVersion = reference.apiVersion ?? ''
  if (versionOf(apiVersion) === '') {
    errors.push(field.invalid(path.child('apiVersion'), apiVersion, 'version must not be empty'))
  }
  for (const name of ['kind', 'name', 'uid'] as const) {
    const value = reference[name] ?? ''
    if (value === '') errors.push(field.invalid(path.child(name), value, `${name} must not be empty`))
  }
  // Events are short-lived and never collected by owner, so none may own anything.
  if (apiVersion === 'v1' && reference.kind === 'Event') {
    const detail = '/v1, Kind=Event is disallowed from being an owner'
    errors.push(field.invalid(path, new GoSyntax(referenceSyntax(reference)), detail))
  }
  return errors
}

/** The version of `group/version` or `version`; nothing where there are more slashes than one. */
function versionOf(apiVersion: string): string {
  const [first = '', second, third] = apiVersion.split('/', 3)
  return third === undefined ? (second ?? first) : ''
}

/** The reference prints addresses of the flags; here they show what stands there. */
function referencesSyntax(references: readonly OwnerReference[]): GoSyntax {
  const shown = references.slice(0, MAX_FIELD_ERRORS).filter(isOwnerReference).map(referenceSyntax)
  return new GoSyntax(`[]v1.OwnerReference{${shown.join(', ')}}`)
}

function referenceSyntax(reference: OwnerReference): string {
  const { apiVersion, kind, name, uid, controller, blockOwnerDeletion } = reference
  const names = Object.entries({ APIVersion: apiVersion, Kind: kind, Name: name, UID: uid })
  const texts = names.map(([key, value]) => `${key}:${quoteStart(value ?? '')}`).join(', ')
  return `v1.OwnerReference{${texts}, Controller:${flagSyntax(controller)}, BlockOwnerDeletion:${flagSyntax(blockOwnerDeletion)}}`
}

function flagSyntax(flag: boolean | undefined): string {
  return `(*bool)(${typeof flag === 'boolean' ? flag : 'nil'})`
}

/** Owner references without repetitions, and what to warn of; `warning` is missing when nothing stood twice. */
export interface DedupedOwnerReferences {
  readonly ownerReferences: OwnerReference[]
  readonly warning?: string
}

/**
 * Drops owner references that stand twice in every field, as the server does before it stores an object.
 *
 * @param afterMutatingAdmission Whether admission has run; the warning says so.
 * @see https://github.com/kubernetes/kubernetes/pull/96185
 */
export function dedupOwnerReferences(
  references: readonly OwnerReference[],
  afterMutatingAdmission = false,
): DedupedOwnerReferences {
  const seen = new Set<string>()
  const duplicates: string[] = []
  const kept = references.filter((reference) => {
    if (!isOwnerReference(reference)) return true
    const identity = identityOf(reference)
    if (seen.has(identity)) duplicates.push(reference.uid)
    else return seen.add(identity)
    return false
  })
  if (duplicates.length === 0) return { ownerReferences: kept }
  const when = afterMutatingAdmission ? ' after mutating admission happens' : ''
  const uids = duplicates.join(', ')
  const warning = `.metadata.ownerReferences contains duplicate entries${when}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${uids}`
  return { ownerReferences: kept, warning }
}

function identityOf(reference: OwnerReference): string {
  const { apiVersion, kind, name, uid, controller, blockOwnerDeletion } = reference
  const flags = [controller, blockOwnerDeletion].map((flag) => (typeof flag === 'boolean' ? flag : null))
  return JSON.stringify([apiVersion, kind, name, uid, ...flags])
}
