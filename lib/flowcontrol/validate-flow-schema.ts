import { isDeepStrictEqual } from 'node:util'
import {
  type FieldError,
  type FieldErrorList,
  type FieldPath,
  field,
  fieldPath,
  isDns1123Subdomain,
} from '../meta/index.js'
import { MANDATORY_FLOW_SCHEMAS } from './bootstrap/flow-schemas.js'
import type {
  FlowSchema,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
  Subject,
} from './flow-schema.js'
import { EXEMPT } from './priority-level-configuration.js'

const MAX_PRECEDENCE = 10_000

/**
 * What is wrong with a schema, in the words of Kubernetes' validation; it may come from a file, whatever its type says.
 *
 * @param levels names of the priority levels that there are.
 */
export function validateFlowSchema(schema: FlowSchema, levels: ReadonlySet<string>): FieldErrorList {
  const { name } = schema.metadata
  const path = fieldPath('spec')
  const errors: FieldError[] = isDns1123Subdomain(name).map((detail) =>
    field.invalid(fieldPath('metadata', 'name'), name, detail),
  )
  const { spec } = schema
  if (!spec) return [...errors, field.required(path, '')]
  const fixed = MANDATORY_FLOW_SCHEMAS.find(({ metadata }) => metadata.name === name)
  if (fixed && !isDeepStrictEqual(spec, fixed.spec))
    return [...errors, field.invalid(path, {}, `spec of '${name}' must equal the fixed value`)]
  return [
    ...errors,
    ...validatePrecedence(spec.matchingPrecedence ?? 1000, name, path.child('matchingPrecedence')),
    ...validateReference(
      spec.priorityLevelConfiguration?.name,
      levels,
      path.child('priorityLevelConfiguration', 'name'),
    ),
    ...validateMethod(spec.distinguisherMethod, path.child('distinguisherMethod')),
    ...(spec.rules ?? []).flatMap((rule, index) => validateRule(rule, path.child('rules').index(index))),
  ]
}

function validatePrecedence(precedence: number, name: string, path: FieldPath): FieldError[] {
  if (!Number.isInteger(precedence) || precedence < 1)
    return [field.invalid(path, precedence, 'must be a positive value')]
  if (precedence > MAX_PRECEDENCE)
    return [field.invalid(path, precedence, `must not be greater than ${MAX_PRECEDENCE}`)]
  if (precedence === 1 && name !== EXEMPT)
    return [field.invalid(path, precedence, `only the schema named '${EXEMPT}' may have matchingPrecedence 1`)]
  return []
}

function validateReference(name: string | undefined, levels: ReadonlySet<string>, path: FieldPath): FieldError[] {
  if (!name) return [field.required(path, 'must reference a priority level')]
  return levels.has(name) ? [] : [field.notFound(path, name)]
}

function validateMethod(method: FlowSchema['spec']['distinguisherMethod'], path: FieldPath): FieldError[] {
  if (!method || method.type === 'ByUser' || method.type === 'ByNamespace') return []
  return [field.notSupported(path.child('type'), method.type, ['ByNamespace', 'ByUser'])]
}

function validateRule(rule: PolicyRulesWithSubjects, path: FieldPath): FieldError[] {
  const { subjects = [], resourceRules = [], nonResourceRules = [] } = rule
  const errors: FieldError[] = []
  if (subjects.length === 0)
    errors.push(field.required(path.child('subjects'), 'subjects must contain at least one value'))
  if (resourceRules.length === 0 && nonResourceRules.length === 0)
    errors.push(field.required(path, 'at least one of resourceRules and nonResourceRules has to be non-empty'))
  return [
    ...errors,
    ...subjects.flatMap((subject, index) => validateSubject(subject, path.child('subjects').index(index))),
    ...resourceRules.flatMap((each, index) => validateResourceRule(each, path.child('resourceRules').index(index))),
    ...nonResourceRules.flatMap((each, index) =>
      validateNonResourceRule(each, path.child('nonResourceRules').index(index)),
    ),
  ]
}

function validateSubject(subject: Subject, path: FieldPath): FieldError[] {
  switch (subject.kind) {
    case 'User':
      return subject.user?.name ? [] : [field.required(path.child('user', 'name'), '')]
    case 'Group':
      return subject.group?.name ? [] : [field.required(path.child('group', 'name'), '')]
    case 'ServiceAccount': {
      const { name, namespace } = subject.serviceAccount ?? {}
      const errors = name ? [] : [field.required(path.child('serviceAccount', 'name'), '')]
      if (!namespace)
        errors.push(
          field.required(path.child('serviceAccount', 'namespace'), 'must specify namespace for service account'),
        )
      return errors
    }
    default:
      return [
        field.notSupported(path.child('kind'), (subject as { kind: unknown }).kind, [
          'Group',
          'ServiceAccount',
          'User',
        ]),
      ]
  }
}

function validateResourceRule(rule: ResourcePolicyRule, path: FieldPath): FieldError[] {
  const errors = [
    ...validateList(rule.verbs, path.child('verbs'), 'verbs'),
    ...validateList(rule.apiGroups, path.child('apiGroups'), 'api groups'),
    ...validateList(rule.resources, path.child('resources'), 'resources'),
  ]
  if (rule.namespaces?.length)
    return [...errors, ...validateList(rule.namespaces, path.child('namespaces'), 'namespaces')]
  if (rule.clusterScope) return errors
  const detail = 'resource rules that are not cluster scoped must supply at least one namespace'
  return [...errors, field.required(path.child('namespaces'), detail)]
}

function validateNonResourceRule(rule: NonResourcePolicyRule, path: FieldPath): FieldError[] {
  const urls = path.child('nonResourceURLs')
  return [
    ...validateList(rule.verbs, path.child('verbs'), 'verbs'),
    ...validateList(rule.nonResourceURLs, urls, 'non-resource URLs'),
    ...(rule.nonResourceURLs ?? []).flatMap((url, index) =>
      url === '*' || url.startsWith('/') ? [] : [field.invalid(urls.index(index), url, "must start with '/'")],
    ),
  ]
}

/** `*` means all: beside it nothing else makes sense. */
function validateList(values: readonly string[] | undefined, path: FieldPath, what: string): FieldError[] {
  if (!values?.length) return [field.required(path, `${what} must contain at least one value`)]
  if (values.length > 1 && values.includes('*'))
    return [field.invalid(path, values, `if '*' is present, must not specify other ${what}`)]
  return []
}
