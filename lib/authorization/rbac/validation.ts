import type { FieldErrorList, FieldPath } from '../../meta/field/index.js'
import * as field from '../../meta/field/index.js'
import { fieldPath } from '../../meta/field/index.js'
import { isPathSegmentName } from '../../meta/validation/index.js'
import { isJSONObject } from '../../runtime/json/index.js'
import { RBAC_GROUP } from './types.js'

/** A part of an object of which nothing is known yet. */
type Part = Readonly<Record<string, unknown>>

const SELECTOR_OPERATORS: readonly string[] = ['In', 'NotIn', 'Exists', 'DoesNotExist']

const RULE_FIELDS = ['verbs', 'apiGroups', 'resources', 'resourceNames', 'nonResourceURLs']
const ROLE_FIELDS = ['apiVersion', 'kind', 'metadata', 'rules', 'aggregationRule']
const BINDING_FIELDS = ['apiVersion', 'kind', 'metadata', 'subjects', 'roleRef']
const SUBJECT_FIELDS = ['kind', 'apiGroup', 'name', 'namespace']
const ROLE_REF_FIELDS = ['apiGroup', 'kind', 'name']
const SELECTOR_FIELDS = ['matchLabels', 'matchExpressions']

/** What is wrong with a role or binding; `isNamespaced` says of which sort. Kubernetes' rules and words. */
export function validateRBACObject(object: Part): FieldErrorList {
  const namespaced = object.kind === 'Role' || object.kind === 'RoleBinding'
  const isRole = object.kind === 'Role' || object.kind === 'ClusterRole'
  const errors = [
    ...validateVersion(object),
    ...unknownFields(undefined, object, isRole ? ROLE_FIELDS : BINDING_FIELDS),
    ...validateMetadata(part(object.metadata), namespaced),
  ]
  if (isRole) {
    errors.push(...validateList(fieldPath('rules'), object.rules, (at, rule) => validateRule(at, rule, namespaced)))
    if (object.aggregationRule !== undefined && object.aggregationRule !== null)
      errors.push(...validateAggregation(fieldPath('aggregationRule'), object.aggregationRule, namespaced))
    return errors
  }
  errors.push(...validateRoleRef(fieldPath('roleRef'), part(object.roleRef), namespaced))
  errors.push(...validateList(fieldPath('subjects'), object.subjects, validateSubject))
  return errors
}

function validateVersion({ apiVersion }: Part): FieldErrorList {
  const known = [`${RBAC_GROUP}/v1`]
  if (apiVersion === undefined || known.includes(String(apiVersion))) return []
  return [field.notSupported(fieldPath('apiVersion'), apiVersion, known)]
}

function validateMetadata(metadata: Part, namespaced: boolean): FieldErrorList {
  const at = fieldPath('metadata')
  const { name, namespace, labels } = metadata
  const errors = [...validateName(at.child('name'), name)]
  if (namespaced) errors.push(...requireText(at.child('namespace'), namespace))
  else if (namespace !== undefined && namespace !== '')
    errors.push(field.forbidden(at.child('namespace'), 'not allowed on this type'))
  if (labels !== undefined && labels !== null && !isTextMap(labels))
    errors.push(field.typeInvalid(at.child('labels'), shown(labels), 'must be a map of strings'))
  return errors
}

/** What Kubernetes says of rules, and the types, which nobody has checked before. */
function validateRule(at: FieldPath, value: unknown, namespaced: boolean): FieldErrorList {
  if (!isJSONObject(value)) return [field.typeInvalid(at, shown(value), 'must be an object')]
  const errors = [...unknownFields(at, value, RULE_FIELDS)]
  for (const name of RULE_FIELDS) errors.push(...validateTexts(at.child(name), value[name] ?? []))
  if (errors.length > 0) return errors
  const isEmpty = (name: string) => ((value[name] ?? []) as readonly string[]).length === 0
  if (isEmpty('verbs')) errors.push(field.required(at.child('verbs'), 'verbs must contain at least one value'))
  if (!isEmpty('nonResourceURLs')) {
    const path = at.child('nonResourceURLs')
    if (namespaced)
      errors.push(field.invalid(path, value.nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs'))
    if (!isEmpty('apiGroups') || !isEmpty('resources') || !isEmpty('resourceNames'))
      errors.push(
        field.invalid(
          path,
          value.nonResourceURLs,
          'rules cannot apply to both regular resources and non-resource URLs',
        ),
      )
    return errors
  }
  if (isEmpty('apiGroups'))
    errors.push(field.required(at.child('apiGroups'), 'resource rules must supply at least one api group'))
  if (isEmpty('resources'))
    errors.push(field.required(at.child('resources'), 'resource rules must supply at least one resource'))
  return errors
}

function validateAggregation(at: FieldPath, value: unknown, namespaced: boolean): FieldErrorList {
  if (namespaced) return [field.forbidden(at, 'not allowed on this type')]
  const path = at.child('clusterRoleSelectors')
  const selectors = part(value).clusterRoleSelectors
  if (!Array.isArray(selectors) || selectors.length === 0)
    return [field.required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil')]
  return validateList(path, selectors, validateSelector)
}

function validateSelector(at: FieldPath, value: unknown): FieldErrorList {
  const { matchLabels, matchExpressions } = part(value)
  const unknown = unknownFields(at, part(value), SELECTOR_FIELDS)
  const errors =
    matchLabels === undefined || isTextMap(matchLabels)
      ? []
      : [field.typeInvalid(at.child('matchLabels'), shown(matchLabels), 'must be a map of strings')]
  const validateExpression = (path: FieldPath, expression: unknown): FieldErrorList => {
    const { key, operator, values = [] } = part(expression)
    if (!SELECTOR_OPERATORS.includes(String(operator)))
      return [field.notSupported(path.child('operator'), operator, SELECTOR_OPERATORS)]
    const withoutValues = operator === 'Exists' || operator === 'DoesNotExist'
    if (!isTexts(values) || withoutValues !== (values.length === 0))
      return [
        field.invalid(
          path.child('values'),
          shown(values),
          `must ${withoutValues ? 'not ' : ''}be given with ${operator}`,
        ),
      ]
    return requireText(path.child('key'), key)
  }
  return [...unknown, ...errors, ...validateList(at.child('matchExpressions'), matchExpressions, validateExpression)]
}

function validateRoleRef(at: FieldPath, ref: Part, namespaced: boolean): FieldErrorList {
  const { apiGroup, kind, name } = ref
  const errors = [...unknownFields(at, ref, ROLE_REF_FIELDS)]
  if (apiGroup !== undefined && apiGroup !== RBAC_GROUP)
    errors.push(field.notSupported(at.child('apiGroup'), apiGroup, [RBAC_GROUP]))
  const kinds = namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole']
  if (!kinds.includes(String(kind))) errors.push(field.notSupported(at.child('kind'), kind, kinds))
  return [...errors, ...validateName(at.child('name'), name)]
}

function validateSubject(at: FieldPath, value: unknown): FieldErrorList {
  const { kind, apiGroup, name, namespace } = part(value)
  const kinds = ['ServiceAccount', 'User', 'Group']
  if (!kinds.includes(String(kind))) return [field.notSupported(at.child('kind'), kind, kinds)]
  const errors = [...unknownFields(at, part(value), SUBJECT_FIELDS), ...requireText(at.child('name'), name)]
  const group = kind === 'ServiceAccount' ? '' : RBAC_GROUP
  if (apiGroup !== undefined && apiGroup !== group)
    errors.push(field.notSupported(at.child('apiGroup'), apiGroup, [group]))
  if (kind === 'ServiceAccount') errors.push(...requireText(at.child('namespace'), namespace))
  return errors
}

/** What nobody reads may have been meant to narrow a rule: `resourceName` would give all names. */
function unknownFields(at: FieldPath | undefined, value: Part, known: readonly string[]): FieldErrorList {
  return Object.keys(value)
    .filter((name) => !known.includes(name))
    .map((name) => field.forbidden(at?.child(name) ?? fieldPath(name), `unknown field; there are ${known.join(', ')}`))
}

/** Kubernetes would say the same in the words of Go's types. */
function validateTexts(at: FieldPath, value: unknown): FieldErrorList {
  if (!Array.isArray(value)) return [field.typeInvalid(at, shown(value), 'must be a list of strings')]
  return value.flatMap((item, index) =>
    typeof item === 'string' ? [] : [field.typeInvalid(at.index(index), shown(item), `must be a string${hint(item)}`)],
  )
}

/** Of YAML's many words for a truth value its user may not know. */
const hint = (item: unknown): string =>
  typeof item === 'boolean' ? ' (YAML takes y, yes, on, n, no and off for booleans unless they are quoted)' : ''

const shown = (value: unknown): unknown => (typeof value === 'object' && value !== null ? JSON.stringify(value) : value)

function validateList(
  at: FieldPath,
  value: unknown,
  validate: (at: FieldPath, item: unknown) => FieldErrorList,
): FieldErrorList {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) return [field.typeInvalid(at, shown(value), 'must be a list')]
  return value.flatMap((item, index) => validate(at.index(index), item))
}

function validateName(at: FieldPath, name: unknown): FieldErrorList {
  const missing = requireText(at, name)
  if (missing.length > 0) return missing
  return isPathSegmentName(name as string).map((problem) => field.invalid(at, name, problem))
}

const requireText = (at: FieldPath, value: unknown): FieldErrorList =>
  typeof value === 'string' && value !== '' ? [] : [field.required(at, '')]

const part = (value: unknown): Part => (isJSONObject(value) ? value : {})

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')

const isTextMap = (value: unknown): boolean => isJSONObject(value) && isTexts(Object.values(value))
