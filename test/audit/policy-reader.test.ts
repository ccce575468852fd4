import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  type AuditPolicy,
  AuditPolicyError,
  auditOf,
  policyRuleEvaluator,
  readPolicyFile,
} from '../../lib/audit/index.js'
import { NON_RESOURCE } from '../../lib/meta/context.js'
import { folder, saying } from './support.js'

const files = folder()
let count = 0
function file(text: string): string {
  const path = join(files, `policy-${++count}.yaml`)
  writeFileSync(path, text)
  return path
}

const HEAD = 'apiVersion: audit.k8s.io/v1\nkind: Policy\n'

/** Rules of the example in Kubernetes' documentation, in short. */
const DOCUMENTED = `${HEAD}omitStages:
  - "RequestReceived"
rules:
  - level: RequestResponse
    resources:
    - group: ""
      resources: ["pods"]
  - level: None
    users: ["system:kube-proxy"]
    verbs: ["watch"]
    resources:
    - group: ""
      resources: ["endpoints", "services"]
  - level: None
    userGroups: ["system:authenticated"]
    nonResourceURLs:
    - "/api*"
    - "/version"
  - level: Metadata
    omitStages:
      - "RequestReceived"
`

test('a policy is read from YAML', () => {
  const policy = readPolicyFile(file(DOCUMENTED))
  const evaluate = policyRuleEvaluator(policy)
  const user = { name: 'a', groups: ['system:authenticated'] }
  expect(evaluate({ ...NON_RESOURCE, path: '/version', verb: 'get' }, user).level).toBe('None')
  expect(evaluate({ ...NON_RESOURCE, path: '/logs', verb: 'get' }, user).level).toBe('Metadata')
})

test('a policy is read from JSON', () => {
  const policy = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules: [{ level: 'Request' }] }
  expect(readPolicyFile(file(JSON.stringify(policy)))).toEqual(policy)
})

describe('a file is refused', () => {
  test.each([
    ['without rules', HEAD, 'loaded illegal policy with 0 rules'],
    [
      'of another version',
      'apiVersion: audit.k8s.io/v1beta1\nkind: Policy\nrules: [{level: None}]',
      /unknown group version/,
    ],
    ['without a version', 'rules: [{level: None}]', /unknown group version field "" in policy file/],
    ['of another kind', 'apiVersion: audit.k8s.io/v1\nkind: Event', 'the kind of a policy is Policy, not "Event"'],
    ['that is no object', '- a', 'a policy is an object'],
    ['that is no YAML', 'a: [', 'failed decoding'],
    ['with a wrong level', `${HEAD}rules: [{level: Debug}]`, 'rules[0].level: Unsupported value: "Debug"'],
  ])('%s', (_, text, message) => {
    const path = file(text)
    expect(() => readPolicyFile(path)).toThrow(AuditPolicyError)
    expect(() => readPolicyFile(path)).toThrow(message)
    expect(() => readPolicyFile(path)).toThrow(path)
  })

  test('that is not there', () => {
    expect(() => readPolicyFile(join(files, 'none.yaml'))).toThrow(/failed to read file path ".*none.yaml": ENOENT/)
  })

  test('that is no file, and the option named', () => {
    expect(() => auditOf({ policy: files })).toThrow(
      `audit.policy: failed to read file path "${files}": it is a directory, not a regular file`,
    )
  })
})

describe('a policy is refused with', () => {
  const refusal = (policy: unknown): string => {
    try {
      auditOf({ policy: policy as AuditPolicy })
    } catch (err) {
      return err instanceof AuditPolicyError ? err.message : `another error: ${String(err)}`
    }
    return 'none'
  }

  test.each([
    ['no level', [{}], 'rules[0].level: Required value'],
    [
      'an unknown level',
      [{ level: 'None' }, { level: 'metadata' }],
      'rules[1].level: Unsupported value: "metadata": supported values: "None", "Metadata", "Request", "RequestResponse"',
    ],
    [
      'an unknown stage',
      [{ level: 'None', omitStages: ['Started'] }],
      'rules[0].omitStages[0]: Invalid value: "Started": allowed stages are RequestReceived,ResponseStarted,ResponseComplete,Panic',
    ],
    [
      'a path that does not begin as one',
      [{ level: 'None', nonResourceURLs: ['*', 'logs'] }],
      'rules[0].nonResourceURLs[1]: Invalid value: "logs": non-resource URL rules must begin with a \'/\' character',
    ],
    [
      'a * within a path',
      [{ level: 'None', nonResourceURLs: ['/a*/b'] }],
      "non-resource URL wildcards '*' must be the final character of the rule",
    ],
    [
      'paths beside resources',
      [{ level: 'None', nonResourceURLs: ['/a'], namespaces: ['b'] }],
      'rules cannot apply to both regular resources and non-resource URLs',
    ],
    [
      'a malformed group',
      [{ level: 'None', resources: [{ group: 'Apps/v1' }] }],
      'rules[0].resources.group: Invalid value: "Apps/v1": a lowercase RFC 1123 subdomain must consist of',
    ],
    [
      'names of objects without resources',
      [{ level: 'None', resources: [{ resourceNames: ['a'] }] }],
      'rules[0].resources.resourceNames: Invalid value: []string{"a"}: using resourceNames requires at least one resource',
    ],
    ['a string where a list is due', [{ level: 'None', users: 'root' }], 'must be a list of strings'],
    [
      'a number in a list of strings',
      [{ level: 'None', users: [1] }],
      'rules[0].users[0]: Invalid value: "1": must be a string',
    ],
    ['a string where a boolean is due', [{ level: 'None', omitManagedFields: 'yes' }], 'must be a boolean'],
    ['a rule that is no object', ['None'], 'rules[0]: Invalid value: "\\"None\\"": must be an object'],
    ['rules that are no list', { level: 'None' }, 'must be a list'],
  ])('%s', (_, rules, message) => expect(refusal({ rules })).toContain(message))

  test('everything that is wrong with it at once', () => {
    const message = refusal({ omitStages: ['x'], rules: [{ level: 'y' }] })
    expect(message).toMatch(/^loaded illegal policy: \[omitStages\[0\]: .*, rules\[0\]\.level: .*\]$/)
  })
})

test('fields that no policy has are passed over, and told', () => {
  const { logger, warnings } = saying()
  const policy = { rules: [{ level: 'None', userGroup: ['a'] }], x: 1 } as unknown as AuditPolicy
  expect(() => auditOf({ policy, logger })).not.toThrow()
  expect(warnings).toEqual([[{ fields: ['rules[0].userGroup', 'x'] }, expect.stringContaining('unknown fields')]])
})

test('a field named __proto__ is an unknown field and changes nothing', () => {
  const { logger, warnings } = saying()
  const policy = JSON.parse('{"rules":[{"level":"None","__proto__":{"users":["a"]}}]}')
  auditOf({ policy, logger })
  expect(warnings).toEqual([[{ fields: ['rules[0].__proto__'] }, expect.anything()]])
  expect(({} as { users?: unknown }).users).toBeUndefined()
})
