import { type Attributes, nonResourceAttributes, resourceAttributes } from '../../authorization/index.js'
import type { UserInfo } from '../../meta/context.js'
import * as field from '../../meta/field/index.js'
import { type FieldErrorList, type FieldPath, fieldPath } from '../../meta/field/index.js'
import { fieldSelectorOf, labelSelectorOf, type ReviewSelector, validateSelector } from './review-selectors.js'

/** `spec` of the reviews of access, as the schema leaves it. */
export interface AccessReviewSpec {
  readonly resourceAttributes?: {
    readonly namespace?: string
    readonly verb?: string
    readonly group?: string
    readonly version?: string
    readonly resource?: string
    readonly subresource?: string
    readonly name?: string
    readonly fieldSelector?: ReviewSelector
    readonly labelSelector?: ReviewSelector
  }
  readonly nonResourceAttributes?: { readonly path?: string; readonly verb?: string }
  readonly user?: string
  readonly groups?: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
  readonly uid?: string
}

/** What to ask an authorizer; the spec is valid. */
export function attributesOfSpec(user: UserInfo, spec: AccessReviewSpec): Attributes {
  const { resourceAttributes: asked, nonResourceAttributes: path } = spec
  if (!asked) return nonResourceAttributes(user, path?.verb ?? '', path?.path ?? '')
  const { verb = '', namespace = '', group = '', version = '', resource = '', subresource = '', name = '' } = asked
  return resourceAttributes(user, verb, {
    namespace,
    apiGroup: group,
    apiVersion: version || '*',
    resource,
    subresource,
    name,
    fieldSelector: fieldSelectorOf(asked.fieldSelector),
    labelSelector: labelSelectorOf(asked.labelSelector),
  })
}

/** The user whom a question is about. */
export function userOfSpec({ user = '', groups = [], extra, uid }: AccessReviewSpec): UserInfo {
  return { name: user, groups, ...(extra ? { extra } : {}), ...(uid ? { uid } : {}) }
}

/** Exactly one of the attributes must be there. */
export function validateSpec(spec: AccessReviewSpec): FieldErrorList {
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec
  const at = fieldPath('spec')
  if (resource && path)
    return [
      field.invalid(
        at.child('nonResourceAttributes'),
        path,
        'cannot be specified in combination with resourceAttributes',
      ),
    ]
  if (resource) return validateSelectors(at.child('resourceAttributes'), resource)
  if (path) return []
  const detail = 'exactly one of nonResourceAttributes or resourceAttributes must be specified'
  return [field.invalid(at.child('resourceAttributes'), undefined, detail)]
}

const validateSelectors = (
  at: FieldPath,
  { fieldSelector, labelSelector }: NonNullable<AccessReviewSpec['resourceAttributes']>,
): FieldErrorList => [
  ...validateSelector(at.child('fieldSelector'), fieldSelector),
  ...validateSelector(at.child('labelSelector'), labelSelector),
]

/** Somebody must be asked about. */
export function validateSubject({ user = '', groups = [] }: AccessReviewSpec): FieldErrorList {
  if (user !== '' || groups.length > 0) return []
  return [field.invalid(fieldPath('spec', 'user'), user, 'at least one of user or group must be specified')]
}
