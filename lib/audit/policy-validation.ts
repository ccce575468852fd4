import { type FieldError, type FieldPath, fieldPath, invalid, notSupported, required } from '../meta/field/index.js'
import { dnsSubdomainName } from '../meta/validation/index.js'
import type { AuditPolicy, GroupResources, PolicyRule } from './policy.js'
import { LEVELS, STAGES, type Stage } from './types.js'

/**
 * What is wrong with the values of a policy whose fields have the right types; nothing = it is valid.
 *
 * @see https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/#audit-policy
 * @example
 * ```ts
 * validatePolicy({ rules: [{ level: 'Metadata', nonResourceURLs: ['metrics'] }] })
 * // rules[0].nonResourceURLs[0]: Invalid value: "metrics": non-resource URL rules must begin with a '/' character
 * ```
 */
export function validatePolicy({ omitStages, rules }: AuditPolicy): FieldError[] {
  return [
    ...validateStages(omitStages, fieldPath('omitStages')),
    ...rules.flatMap((rule, i) => validateRule(rule, fieldPath('rules').index(i))),
  ]
}

function validateRule(rule: PolicyRule, path: FieldPath): FieldError[] {
  const { nonResourceURLs = [], resources = [], namespaces = [] } = rule
  const urlsPath = path.child('nonResourceURLs')
  const errors = [
    ...validateLevel(rule.level, path.child('level')),
    ...nonResourceURLs.flatMap((url, i) => validateURL(url, urlsPath.index(i))),
    ...resources.flatMap((group) => validateGroup(group, path.child('resources'))),
    ...validateStages(rule.omitStages, path.child('omitStages')),
  ]
  if (nonResourceURLs.length > 0 && resources.length + namespaces.length > 0)
    errors.push(
      invalid(urlsPath, nonResourceURLs, 'rules cannot apply to both regular resources and non-resource URLs'),
    )
  return errors
}

function validateLevel(level: string | undefined, path: FieldPath): FieldError[] {
  if (!level) return [required(path, '')]
  return (LEVELS as readonly string[]).includes(level) ? [] : [notSupported(path, level, LEVELS)]
}

function validateURL(url: string, path: FieldPath): FieldError[] {
  if (url === '*') return []
  const errors: FieldError[] = []
  if (!url.startsWith('/')) errors.push(invalid(path, url, "non-resource URL rules must begin with a '/' character"))
  if (url.slice(0, -1).includes('*'))
    errors.push(invalid(path, url, "non-resource URL wildcards '*' must be the final character of the rule"))
  return errors
}

function validateGroup({ group = '', resources = [], resourceNames = [] }: GroupResources, path: FieldPath) {
  const errors: FieldError[] = []
  const problems = group === '' ? [] : dnsSubdomainName(group, false)
  if (problems.length > 0) errors.push(invalid(path.child('group'), group, problems.join(',')))
  if (resourceNames.length > 0 && resources.length === 0)
    errors.push(
      invalid(path.child('resourceNames'), resourceNames, 'using resourceNames requires at least one resource'),
    )
  return errors
}

function validateStages(stages: readonly Stage[] = [], path: FieldPath): FieldError[] {
  return stages.flatMap((stage, i) =>
    STAGES.includes(stage) ? [] : [invalid(path.index(i), stage, `allowed stages are ${STAGES.join(',')}`)],
  )
}
